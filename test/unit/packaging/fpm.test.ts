import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './builder.ts';

interface Options {
  readonly [name: string]: unknown;
  readonly mappings: readonly { source: string; target: string }[];
}

const { optionsOf, controlOf, specOf } = (await import(join(ROOT, 'scripts/packaging/fpm.mjs'))) as {
  optionsOf(args: readonly string[]): Options;
  controlOf(options: Options, installedKib: number): string;
  specOf(options: Options, folders: readonly string[], files: readonly string[]): string;
};

const ARGS = [
  ...['-s', 'dir', '--force', '-t', 'deb', '-d', 'libnss3', '-d', 'libasound2 | libasound2t64', '--deb-recommends', 'pkexec'],
  ...['--deb-compression', 'xz', '--architecture', 'amd64', '--name', 'bootbench', '--version', '0.1.0', '--maintainer', 'A <a@b.invalid>'],
  ...[
    '--description',
    'Reimages machines\n Turns a laptop into an appliance.\n\n Any ISO: 100%.',
    '--url',
    'https://b.invalid',
    '--category',
    'admin',
  ],
  ...['--license', 'Apache-2.0', '--package', '/out.deb', '/unpacked/=/opt/Bootbench', 'icon=1.png=/usr/share/icons/bootbench.png'],
];

describe('the command line of fpm', () => {
  it('is read as electron-builder writes it', () => {
    expect(optionsOf(ARGS)).toMatchObject({
      ...{
        target: 'deb',
        depends: ['libnss3', 'libasound2 | libasound2t64'],
        recommends: ['pkexec'],
        compression: 'xz',
        name: 'bootbench',
      },
      mappings: [
        { source: '/unpacked/', target: '/opt/Bootbench' },
        { source: 'icon=1.png', target: '/usr/share/icons/bootbench.png' },
      ],
    });
  });

  it('may end with options that override the earlier ones', () => {
    expect(optionsOf([...ARGS, '--deb-compression=none']).compression).toBe('none');
  });

  it.each([
    [['-s', 'dir', '--deb-systemd', 'x'], '--deb-systemd is not supported.'],
    [['-s', 'gem'], 'Only -s dir is supported.'],
    [['-s', 'dir', '--name'], '--name needs a value.'],
    [['-s', 'dir', '/folder'], '/folder: write SOURCE=TARGET.'],
  ])('%j is refused, so that no part of a package is lost', (args, message) => {
    expect(() => optionsOf(args)).toThrow(message);
  });
});

it('the control file of a deb has one field a line, and a description that dpkg can read', () => {
  expect(controlOf(optionsOf(ARGS), 260_100).split('\n')).toEqual([
    ...[
      'Package: bootbench',
      'Version: 0.1.0',
      'Section: admin',
      'Priority: optional',
      'Architecture: amd64',
      'Maintainer: A <a@b.invalid>',
    ],
    ...['Homepage: https://b.invalid', 'Installed-Size: 260100', 'Depends: libnss3, libasound2 | libasound2t64', 'Recommends: pkexec'],
    ...['Description: Reimages machines', ' Turns a laptop into an appliance.', ' .', ' Any ISO: 100%.', ''],
  ]);
});

it('the spec of an rpm takes no macro from a script or a text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spec-'));
  const script = join(folder, 'postinst');
  writeFileSync(script, "printf '%s' x\n");
  const options = { ...optionsOf(ARGS), afterInstall: script };
  const spec = specOf(options, ['/opt/Bootbench'], ['/usr/share/icons/bootbench.png']);
  rmSync(folder, { recursive: true });
  expect(spec).toContain("%post\nprintf '%%s' x\n");
  expect(spec).toContain('Any ISO: 100%%.');
  expect(spec).toContain('%files\n%defattr(-, root, root)\n"/opt/Bootbench"\n"/usr/share/icons/bootbench.png"\n');
  expect(spec).toContain('Requires: libasound2 | libasound2t64');
  expect(spec).not.toContain('%postun');
});
