import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './cli.ts';
import { processTerminal } from './terminal.ts';

const stop = new AbortController();
// Windows: SIGINT is Ctrl-C, SIGBREAK Ctrl-Break, SIGHUP the closed console window; service wrappers send Ctrl-C. Others end a program without notice.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) process.on(signal, () => stop.abort(signal));
// bin/bootbench.mjs starts us with a channel: when it is gone, so are we. The channel itself keeps nothing alive.
process.on('disconnect', () => stop.abort('the end of the program that started it'));
process.channel?.unref();
// A reader such as `head` that closes the output early is not a failure.
process.stdout.on('error', () => process.exit(0));
// A closed log pipe must not end the appliance.
process.stderr.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  terminal: processTerminal,
  env: process.env,
  platform: process.platform,
  cwd: process.cwd(),
  home: homedir(),
  // out/main/cli.js
  root: join(import.meta.dirname, '..', '..'),
  signal: stop.signal,
});
// Whatever is still open (a channel, a socket that closes) has nothing more to say.
process.stdout.write('', () => process.exit());
