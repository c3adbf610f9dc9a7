// Writes docs/errors.md from contract/errors.ts. Run with the project's Node: node_modules/.bin/node scripts/errors-page.mjs
import { writeFileSync } from 'node:fs';
import { ERRORS } from '../contract/errors.ts';

const rows = Object.entries(ERRORS).map(([code, { title, next }]) => `| \`${code}\` | ${title} | ${next} |`);
writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every failure has a code, a sentence that says what happened (with the names and numbers of the case), and a next step. The codes
appear in the UI, on the command line, in REST answers and, for machines, on the boot screen.

| code | what it means | what to do |
|---|---|---|
${rows.join('\n')}
`,
);
