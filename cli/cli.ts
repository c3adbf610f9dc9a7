import { asBootbenchError } from '../contract/errors.ts';
import { parseCommandLine, UsageError, type Command, type Io } from './command.ts';
import { applianceCommands } from './commands/appliance.ts';
import { bmcCommands } from './commands/bmc.ts';
import { bootFileCommands } from './commands/boot-files.ts';
import { configCommands } from './commands/configs.ts';
import { consoleCommands } from './commands/console.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { hostCommands } from './commands/hosts.ts';
import { imageCommands } from './commands/images.ts';
import { iscsiCommand } from './commands/iscsi.ts';
import { protectionCommand } from './commands/protection.ts';
import { jobCommands } from './commands/jobs.ts';
import { serveCommand } from './commands/serve.ts';
import { settingsCommands } from './commands/settings.ts';
import { stopCommand } from './commands/stop.ts';
import { supportCommand } from './commands/support.ts';
import { viewCommands } from './commands/views.ts';
import { errorLine } from './output.ts';

export const COMMANDS: readonly Command[] = [
  serveCommand,
  stopCommand,
  ...applianceCommands,
  doctorCommand,
  supportCommand,
  ...bootFileCommands,
  ...settingsCommands,
  eventsCommand,
  ...hostCommands,
  ...imageCommands,
  ...viewCommands,
  ...bmcCommands,
  ...jobCommands,
  ...consoleCommands,
  iscsiCommand,
  protectionCommand,
  ...configCommands,
];

/** Runs one command line. Resolves with the exit code: 0 done, 1 failed, 2 invalid usage. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const command = findCommand(argv);
  if (!command) return noCommand(argv, io);
  try {
    const args = parseCommandLine(command, argv.slice(command.name.split(' ').length));
    if (args.flag('help')) io.stdout(commandHelp(command));
    else await command.run(args, io);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`bootbench ${command.name}: ${error.message}.\n${usageLine(command)}\n`);
      return 2;
    }
    io.stderr(errorLine(asBootbenchError(error)));
    return 1;
  }
}

function findCommand(argv: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name === argv.slice(0, name.split(' ').length).join(' '));
}

function noCommand(argv: readonly string[], io: Io): number {
  const [first = ''] = argv;
  if (['help', '--help', '-h', ''].includes(first)) {
    const wanted = commandsOf(argv.slice(1));
    io.stdout(wanted.length === 0 ? help() : wanted.map(commandHelp).join('\n'));
    return first === '' ? 2 : 0;
  }
  const family = commandsOf([first]);
  io.stderr(`bootbench: unknown command "${argv.slice(0, 2).join(' ')}".\n${family.map((command) => `${usageLine(command)}\n`).join('')}`);
  if (family.length === 0) io.stderr('Run `bootbench help` for the commands.\n');
  return 2;
}

/** The command of these words, or those that begin with them. */
function commandsOf(words: readonly string[]): readonly Command[] {
  const begin = words.join(' ');
  return begin === '' ? [] : COMMANDS.filter(({ name }) => name === begin || name.startsWith(`${begin} `));
}

function commandHelp(command: Command): string {
  return `${command.summary}\n${usageLine(command)}\n`;
}

function usageLine({ name, usage }: Command): string {
  return `usage: bootbench ${name} ${usage}`.trimEnd();
}

function help(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`);
  return [
    'bootbench: reimage machines from this computer.',
    '',
    ...lines,
    '',
    'Every command takes --json, --data-dir D, --api HOST:PORT, --token-file F and --help.',
    'Exit codes: 0 done, 1 failed (code, message and next step on stderr), 2 invalid usage.',
    '',
  ].join('\n');
}
