import { spawnSync } from 'node:child_process';
import { lstatSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSystem, runByPrefix, type System } from './chroot.ts';

const SYSCTL = 'etc/sysctl.d/60-bootbench.conf';
const PROFILE = 'etc/apparmor.d/bootbench';
const isRoot = process.getuid?.() === 0;

const systems: System[] = [];
const system = (...options: Parameters<typeof makeSystem>): System => {
  const made = makeSystem(...options);
  systems.push(made);
  return made;
};
const exists = ({ root }: System, path: string): boolean => lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;

afterEach(() => systems.splice(0).forEach(({ root }) => rmSync(root, { recursive: true })));

describe('postinst', () => {
  it('opens the low ports, allows user namespaces, links the program and refreshes the desktop', () => {
    const debian = system();
    expect(debian.run('postinst', 'configure')).toEqual({ code: 0, output: '' });
    expect(debian.read(SYSCTL)).toMatch(/^net\.ipv4\.ip_unprivileged_port_start=67$/m);
    expect(debian.read(PROFILE)).toMatch(/profile bootbench \/opt\/Bootbench\/bootbench flags=\(unconfined\) \{\s+userns,/);
    expect(readlinkSync(join(debian.root, 'usr/bin/bootbench'))).toBe('/opt/Bootbench/bootbench');
    const calls = debian.calls();
    for (const helper of ['update-mime-database', 'update-desktop-database', 'gtk-update-icon-cache'])
      expect(
        calls.some((call) => call.startsWith(helper)),
        helper,
      ).toBe(true);
    // Without root the script runs by DPKG_ROOT, and the kernel is not its own.
    expect(calls.filter((call) => /^sysctl|--replace/.test(call))).toEqual(
      isRoot
        ? [
            'sysctl -q -w net.ipv4.ip_unprivileged_port_start=67',
            'apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/bootbench',
          ]
        : [],
    );
  });

  it('run twice leaves the same', () => {
    const debian = system();
    debian.run('postinst', 'configure');
    const [first, profile] = [debian.read(SYSCTL), debian.read(PROFILE)];
    expect(debian.run('postinst', 'configure', '0.1.0').code).toBe(0);
    expect([debian.read(SYSCTL), debian.read(PROFILE)]).toEqual([first, profile]);
    expect(readlinkSync(join(debian.root, 'usr/bin/bootbench'))).toBe('/opt/Bootbench/bootbench');
  });

  it.each(['fail', 'absent'] as const)('succeeds where the helper tools %s', (helpers) => {
    const debian = system({ helpers });
    expect(debian.run('postinst', 'configure').code).toBe(0);
    expect(debian.read(SYSCTL)).toContain('=67');
    expect(exists(debian, 'usr/bin/bootbench')).toBe(true);
  });

  it('installs no profile that this system’s AppArmor refuses, for it would fail at every start', () => {
    const old = system({ helpers: 'fail' });
    old.write(PROFILE, 'from an earlier version');
    expect(old.run('postinst', 'configure').code).toBe(0);
    expect(exists(old, PROFILE)).toBe(false);
  });

  it('makes no /etc/apparmor.d on a system without AppArmor', () => {
    const plain = system();
    rmSync(join(plain.root, 'etc/apparmor.d'), { recursive: true });
    expect(plain.run('postinst', 'configure').code).toBe(0);
    expect(exists(plain, 'etc/apparmor.d')).toBe(false);
  });

  it('does not raise a limit that is lower already', () => {
    const open = system();
    open.write('proc/sys/net/ipv4/ip_unprivileged_port_start', '0\n');
    open.run('postinst', 'configure');
    expect(open.calls().filter((call) => call.startsWith('sysctl'))).toEqual([]);
  });

  it('leaves a program of the same name alone', () => {
    const taken = system();
    taken.write('usr/bin/bootbench', 'another program');
    expect(taken.run('postinst', 'configure').code).toBe(0);
    expect(taken.read('usr/bin/bootbench')).toBe('another program');
  });

  it('touches no kernel from within a chroot that says it is one, or from outside by DPKG_ROOT', () => {
    const image = system();
    image.write('helpers/ischroot', '#!/bin/sh\nexit 0\n', 0o755);
    image.run('postinst', 'configure');
    expect(runByPrefix(image.root, 'postinst', ['configure']).status).toBe(0);
    expect(image.calls().filter((call) => /^sysctl|--replace/.test(call))).toEqual([]);
    expect(image.read(SYSCTL)).toContain('=67');
  });

  it('gives Chromium’s helper its bit only where user namespaces are off', () => {
    if (!isRoot) {
      expectSandboxModeIsRead();
      return;
    }
    const open = system();
    open.run('postinst', 'configure');
    expect(modeOf(open)).toBe(0o755);
    const hardened = system();
    hardened.write('proc/sys/kernel/unprivileged_userns_clone', '0\n');
    hardened.run('postinst', 'configure');
    expect(modeOf(hardened)).toBe(0o4755);
  });
});

describe('postrm', () => {
  const installed = (): System => {
    const debian = system();
    debian.run('postinst', 'configure');
    debian.write('proc/sys/net/ipv4/ip_unprivileged_port_start', '67\n');
    debian.calls();
    return debian;
  };

  it.each(['remove', 'purge'])('%s takes back all that postinst made', (how) => {
    const debian = installed();
    expect(debian.run('postrm', how)).toEqual({ code: 0, output: '' });
    for (const path of [SYSCTL, PROFILE, 'usr/bin/bootbench']) expect(exists(debian, path), path).toBe(false);
    const kernel = debian.calls().filter((call) => /^sysctl|--remove/.test(call));
    expect(kernel).toEqual(
      isRoot ? ['sysctl -q -w net.ipv4.ip_unprivileged_port_start=1024', 'apparmor_parser --remove /etc/apparmor.d/bootbench'] : [],
    );
  });

  it('purge after remove has nothing left to do and says nothing', () => {
    const debian = installed();
    debian.run('postrm', 'remove');
    debian.calls();
    expect(debian.run('postrm', 'purge')).toEqual({ code: 0, output: '' });
    expect(debian.calls().filter((call) => /^sysctl|^apparmor/.test(call))).toEqual([]);
  });

  it.each(['upgrade', 'failed-upgrade', 'abort-install', 'abort-upgrade'])('%s leaves everything to the other version', (how) => {
    const debian = installed();
    expect(debian.run('postrm', how, '0.2.0').code).toBe(0);
    for (const path of [SYSCTL, PROFILE, 'usr/bin/bootbench']) expect(exists(debian, path), path).toBe(true);
  });

  it('leaves a limit that another setting requires', () => {
    const shared = installed();
    shared.write('etc/sysctl.d/50-podman.conf', 'net.ipv4.ip_unprivileged_port_start=67\n');
    shared.run('postrm', 'remove');
    expect(shared.calls().filter((call) => call.startsWith('sysctl'))).toEqual([]);
  });

  it.each(['fail', 'absent'] as const)('succeeds where the helper tools %s', (helpers) => {
    const debian = system({ helpers });
    debian.run('postinst', 'configure');
    expect(debian.run('postrm', 'purge').code).toBe(0);
    for (const path of [SYSCTL, PROFILE, 'usr/bin/bootbench']) expect(exists(debian, path), path).toBe(false);
  });

  it('does not remove a link that it did not create', () => {
    const taken = installed();
    rmSync(join(taken.root, 'usr/bin/bootbench'));
    taken.write('usr/bin/bootbench', 'another program');
    taken.run('postrm', 'purge');
    expect(taken.read('usr/bin/bootbench')).toBe('another program');
  });
});

it.each(['postinst', 'postrm'])('%s is plain POSIX shell', (script) => {
  const file = join(import.meta.dirname, '../../../resources/packaging/deb', script);
  expect(spawnSync('dash', ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

const modeOf = ({ root }: System): number => statSync(join(root, 'opt/Bootbench/chrome-sandbox')).mode & 0o7777;

/** Without root the mode follows this machine’s kernel; that it was set at all shows by the bits of everybody. */
function expectSandboxModeIsRead(): void {
  const debian = system();
  debian.run('postinst', 'configure');
  expect([0o755, 0o4755]).toContain(modeOf(debian));
}
