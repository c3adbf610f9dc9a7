import { expect, it, vi } from 'vitest';
import { argumentsWith, flagsOf, listNameOf } from '../../../electron/arguments.ts';

vi.mock('electron', () => import('./pretended-electron.ts'));

/** As Chromium passes arguments on: flags first. */
const reordered = (args: string[]): string[] => [
  ...args.filter((arg) => arg.startsWith('-')),
  ...args.filter((arg) => !arg.startsWith('-')),
];

it.each([
  ['an installed program', ['--data-dir', '/data', '--nic', 'eth0', '--confirm-dhcp', '/isos/a.iso']],
  [
    'one in development',
    ['/src/bootbench', '--no-sandbox', '--user-data-dir=/c', '--data-dir=/data', '--nic', 'eth0', '--confirm-dhcp', 'file:///a.iso'],
  ],
])('another start of %s has its flags, whatever their order, and the new files', (_what, args) => {
  const again = reordered(argumentsWith(args, ['/isos/b c.iso']));
  expect(flagsOf(again)).toMatchObject({ 'data-dir': '/data', nic: 'eth0', 'confirm-dhcp': true });
  expect(again.filter((arg) => arg.endsWith('.iso'))).toEqual(['/isos/b c.iso']);
});

it('has Chromium’s flags as they were', () => {
  expect(argumentsWith(['/src', '--no-sandbox', '--remote-debugging-port=9222', '-x'], [])).toEqual([
    '/src',
    '--no-sandbox',
    '--remote-debugging-port=9222',
    '-x',
  ]);
});

it('ignores what is not a flag of serve', () => {
  expect(flagsOf(['/src/bootbench', '--no-sandbox', '--dhcp', 'off', '/a.iso'])).toMatchObject({ dhcp: 'off' });
});

it('another start has the name of its own list of files, and not that of the start before', () => {
  const again = argumentsWith(['/src', '--files-from=files-1.json', '/a.iso'], [], 'files-2.json');
  expect(again).toEqual(['/src', '--files-from=files-2.json']);
  expect(listNameOf(again)).toBe('files-2.json');
  expect(argumentsWith(again, ['/b.iso'])).toEqual(['/src', '/b.iso']);
  expect(listNameOf(['/src'])).toBeUndefined();
});
