// `npm run errors-page`: writes docs/errors.md from contract/error-codes.ts.
import { writeFileSync } from 'node:fs';
import { ensureTypeScript } from './prepare.mjs';

ensureTypeScript(import.meta.url);
const { ERRORS } = await import('../contract/error-codes.ts');

const rows = Object.entries(ERRORS).map(([code, { title, next }]) => `| \`${code}\` | ${title} | ${next} |`);
writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every failure has a code, a message that says what happened (with the names and numbers of the case), and a next step. The codes
appear in the UI, on the command line, in REST responses and, for machines, on the boot screen.

| code | what it means | what to do |
|---|---|---|
${rows.join('\n')}
`,
);
