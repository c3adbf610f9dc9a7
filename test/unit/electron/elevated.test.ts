import { expect, it } from 'vitest';
import { elevated } from '../../../electron/elevated.ts';

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
        `Start-Process -Verb RunAs -Wait -WindowStyle Hidden -FilePath 'ip' -ArgumentList 'address','add','it''s','a "b"'`,
      ],
    ],
  ],
] as const)('on %s the system’s own prompt is asked, and no word becomes code', (platform, expected) => {
  expect(elevated(COMMAND, platform)).toEqual(expected);
});
