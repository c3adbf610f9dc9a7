import { expect, it } from 'vitest';
import { elevated } from '../../../headless/elevated.ts';

const COMMAND = ['ip', 'address', 'add', "it's", 'a "b"'];

it.each([
  ['linux', ['pkexec', COMMAND]],
  ['darwin', ['osascript', ['-e', `do shell script "'ip' 'address' 'add' 'it'\\\\''s' 'a \\"b\\"'" with administrator privileges`]]],
  [
    'win32',
    [
      'powershell.exe',
      [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        `$ErrorActionPreference = 'Stop'; $p = Start-Process -Verb RunAs -Wait -PassThru -WindowStyle Hidden -FilePath 'ip' ` +
          `-ArgumentList 'address add it''s "a \\"b\\""'; exit $p.ExitCode`,
      ],
    ],
  ],
] as const)('on %s the system’s own prompt is asked, and no word becomes code', (platform, expected) => {
  expect(elevated(COMMAND, platform)).toEqual(expected);
});

it('on Windows a name with a space stays one word, and a command of cmd is passed as it is', () => {
  const script = (command: readonly string[]) => elevated(command, 'win32')[1].at(-1);
  expect(script(['netsh', 'set', 'name=Ethernet 2'])).toContain(`-ArgumentList 'set "name=Ethernet 2"'`);
  expect(script(['cmd', '/c', 'netsh add name="Bootbench UDP" & netsh show'])).toContain(
    `-ArgumentList '/s /c "netsh add name="Bootbench UDP" & netsh show"'`,
  );
});
