/** The command behind the platform's own prompt. macOS and Windows are written by their manuals and not yet tried. */
export function elevated(command: readonly string[], platform: NodeJS.Platform = process.platform): [program: string, args: string[]] {
  if (platform === 'darwin') {
    const shell = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const script = `do shell script "${shell.replace(/["\\]/g, '\\$&')}" with administrator privileges`;
    return ['osascript', ['-e', script]];
  }
  if (platform === 'win32') {
    const quoted = command.map((word) => `'${word.replaceAll("'", "''")}'`);
    const list = quoted.slice(1).join(',');
    const start = `Start-Process -Verb RunAs -Wait -WindowStyle Hidden -FilePath ${quoted[0] ?? ''}${list === '' ? '' : ` -ArgumentList ${list}`}`;
    return ['powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', start]];
  }
  return ['pkexec', [...command]];
}
