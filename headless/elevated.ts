import { windowsArgument } from '../util/windows-argument.ts';

/** The command behind the system's own prompt for administrator rights. macOS and Windows are written by their manuals and not yet tried. */
export function elevated(command: readonly string[], platform: NodeJS.Platform = process.platform): [program: string, args: string[]] {
  if (platform === 'darwin') {
    const shell = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const script = `do shell script "${shell.replace(/["\\]/g, '\\$&')}" with administrator privileges`;
    return ['osascript', ['-e', script]];
  }
  if (platform === 'win32') return ['powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', startAsAdministrator(command)]];
  return ['pkexec', [...command]];
}

/**
 * Start-Process passes its argument list on as one text without quotes of its own. A prompt that is declined is an error, and the program's
 * exit code becomes PowerShell's.
 */
function startAsAdministrator([program = '', ...args]: readonly string[]): string {
  const list = program === 'cmd' ? cmdArguments(args) : args.map(windowsArgument).join(' ');
  const start = `Start-Process -Verb RunAs -Wait -PassThru -WindowStyle Hidden -FilePath ${literal(program)}`;
  return `$ErrorActionPreference = 'Stop'; $p = ${start}${list === '' ? '' : ` -ArgumentList ${literal(list)}`}; exit $p.ExitCode`;
}

/** `cmd /c COMMAND`: with /s, cmd removes the outer quotes and reads the rest as it was typed. */
function cmdArguments(args: readonly string[]): string {
  return `/s /c "${args.slice(1).join(' ')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
