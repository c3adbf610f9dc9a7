// `npm run boot-files`: the command `bootbench boot-files fetch` on a program that is not built yet, with resources/boot-files/ as its folder.
//
//   node scripts/boot-files.mjs [list | fetch] [NAME…] [--dir FOLDER] [--from ADDRESS|FOLDER …]
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ensureTypeScript, root } from './prepare.mjs';

ensureTypeScript(import.meta.url);
const [{ bootFileCommands }, { parseCommandLine, UsageError }, { errorLine }, { processTerminal }, { asBootbenchError }] =
  await Promise.all([
    import('../cli/commands/boot-files.ts'),
    import('../cli/command.ts'),
    import('../cli/output.ts'),
    import('../cli/terminal.ts'),
    import('../contract/errors.ts'),
  ]);

const args = process.argv.slice(2);
const word = ['list', 'fetch'].includes(args[0]) ? args.shift() : 'fetch';
const command = bootFileCommands.find(({ name }) => name === `boot-files ${word}`);
if (word === 'fetch' && !args.includes('--dir')) args.push('--dir', join(root, 'resources', 'boot-files'));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
try {
  await command.run(parseCommandLine(command, args), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    terminal: processTerminal,
    env: process.env,
    platform: process.platform,
    cwd: process.cwd(),
    home: homedir(),
    root,
    signal: stop.signal,
  });
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(
    isUsage ? `boot-files: ${error.message}.\nusage: boot-files ${command.usage}\n` : errorLine(asBootbenchError(error)),
  );
  process.exitCode = isUsage ? 2 : 1;
}
