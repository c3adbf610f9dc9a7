// Many command lines in one process, one after the other: each as its own JSON array of words. For fleets.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../cli/cli.ts';

const io = {
  stdout: () => undefined,
  stderr: (text: string) => process.stderr.write(text),
  env: process.env,
  platform: process.platform,
  cwd: process.cwd(),
  home: homedir(),
  root: join(import.meta.dirname, '../../..'),
  signal: new AbortController().signal,
};

for (const words of process.argv.slice(2)) {
  const code = await runCli(JSON.parse(words) as string[], io);
  if (code !== 0) {
    console.error(`exit ${code}: ${words}`);
    process.exit(code);
  }
}
process.exit(0);
