import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConsoleTrigger, type ConsoleMeaning } from '../../../../contract/console.ts';
import { checkTriggers, compilePattern } from '../../../../main-services/console/triggers/compile.ts';
import { createMatcher } from '../../../../main-services/console/triggers/create-matcher.ts';
import { PROFILE_PRESETS, presetTriggers } from '../../../../main-services/console/triggers/presets.ts';
import { PROFILES } from '../../../../main-services/iso/profiles/profiles.ts';
import { CONSOLE_TEXTS } from '../../../fixtures/console-texts.ts';

/** Names of the triggers that match output, in order; it ends in a pause. */
async function matchesOf(output: string, profile?: string): Promise<string[]> {
  const names: string[] = [];
  const events = { matched: ({ trigger }: { trigger: ConsoleTrigger }) => void names.push(trigger.name), stopped: () => undefined };
  const matcher = createMatcher(presetTriggers(profile), events);
  for (const byte of Buffer.from(output)) matcher.push(Uint8Array.of(byte), 0);
  await setTimeout(250);
  matcher.close();
  return names;
}

const LINES: readonly [profile: string | undefined, output: string, name: string, meaning: ConsoleMeaning][] = [
  [undefined, '\r\n>>Start PXE over IPv4.\r\n  PXE-E18: Server response timeout.\r\n', 'PXE error', 'failed'],
  [undefined, 'PXE-E61: Media test failure, check cable\r\n', 'PXE error', 'failed'],
  [undefined, 'No bootable device.\r\n', 'No bootable device', 'failed'],
  [undefined, 'BdsDxe: No bootable option or device was found.\r\n', 'No bootable device', 'failed'],
  [undefined, 'No boot device available or Operating System detected.\r\n', 'No bootable device', 'failed'],
  [undefined, 'Reboot and Select proper Boot device\r\n', 'No bootable device', 'failed'],
  [undefined, 'Access Denied -- rejected probably by Secure Boot\r\n', 'Secure Boot violation', 'failed'],
  [undefined, 'Verification failed: (0x1A) Security Violation\r\n', 'Secure Boot violation', 'failed'],
  [undefined, '\x1b[2J\x1b[01;01HUEFI Interactive Shell v2.2\r\n', 'UEFI shell', 'failed'],
  [undefined, 'Could not boot image: Exec format error (https://ipxe.org/2e008081)\r\n', 'iPXE cannot boot', 'failed'],
  [undefined, 'Nothing to boot: No such file or directory (https://ipxe.org/2d03e13b)\r\n', 'iPXE cannot boot', 'failed'],
  [undefined, '\x1b[H\x1b[J\x1b[1;1H\x1b[0m          GNU GRUB  version 2.12\r\n', 'GRUB menu', 'boot-menu'],
  [undefined, '\r\ngrub rescue> ', 'GRUB prompt', 'failed'],
  [undefined, '\r\n\x1b[mgrub> ', 'GRUB prompt', 'failed'],
  [undefined, 'ISOLINUX 6.04 ETCD\r\nboot: ', 'isolinux prompt', 'boot-menu'],
  [undefined, '[    0.000000] Linux version 6.12.0 (x) #1 SMP\r\n', 'Kernel started', 'booting'],
  [undefined, '[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n', 'Kernel panic', 'failed'],
  [undefined, '\r\ndracut:/# ', 'Shell of the initramfs', 'failed'],
  [undefined, '\r\n(initramfs) ', 'Shell of the initramfs', 'failed'],
  [undefined, 'ALERT!  UUID=1 does not exist.  Dropping to a shell!\r\n', 'Shell of the initramfs', 'failed'],
  [undefined, 'initramfs emergency recovery shell launched. Type exit\r\n', 'Shell of the initramfs', 'failed'],
  [undefined, 'Entering emergency mode. Exit the shell to continue.\r\n', 'Emergency mode', 'failed'],
  [undefined, 'You are in emergency mode. After logging in, type\r\n', 'Emergency mode', 'failed'],
  [undefined, '\r\nnode-1.rack login: ', 'Login prompt', 'login'],
  [undefined, '\r\nlogin: ', 'Login prompt', 'login'],
  ...['last', 'Lab7', 'L', 'Lastly', 'host', '(none)', 'LAST'].map((name): (typeof LINES)[number] => [
    undefined,
    `\r\n${name} login: `,
    'Login prompt',
    'login',
  ]),
  ['fedora', 'anaconda 40.22.3.13-1.fc40 for Fedora 40 started.\r\n', 'anaconda started', 'installing'],
  ['fedora', 'Installation complete. Press ENTER to quit: ', 'anaconda finished', 'installed'],
  ['fedora', 'Non interactive installation failed: no disk\r\n', 'anaconda failed', 'failed'],
  ['debian', '\x1b[10;20H\x1b[44mInstalling the base system\x1b[0m\r\n', 'debian-installer', 'installing'],
  [
    'debian',
    '\x1b[5;5H[!!] Finish the installation\x1b[7;5HInstallation complete\x1b[8;5HInstallation is complete, so it is time to boot into your new system.\x1b[9;5H',
    'debian-installer finished',
    'installed',
  ],
  [
    'debian',
    '│ Installation is complete, so it is time to boot into your new system. Make │\r\n',
    'debian-installer finished',
    'installed',
  ],
  ['debian', 'An installation step failed. You can try\r\n', 'debian-installer failed', 'failed'],
  ['ubuntu-server', 'start: subiquity/Install/install: \r\n', 'subiquity', 'installing'],
  ['ubuntu-server', '\x1b[2;30HInstall complete!\x1b[4;1H\r\n', 'subiquity finished', 'installed'],
  ['ubuntu-server', 'finish: subiquity/Late/run: SUCCESS: \r\n', 'subiquity finished', 'installed'],
  ['ubuntu-server', 'finish: subiquity/Install/install: FAIL: Command\r\n', 'subiquity failed', 'failed'],
  ['ubuntu-server', 'An error occurred. Press enter to start a shell\r\n', 'subiquity failed', 'failed'],
  ['suse', '*** Starting YaST ***\r\n', 'YaST started', 'installing'],
  ['suse', 'install program exit code is 0\r\nsync... ok\r\n', 'YaST finished', 'installed'],
  ['suse', '12:00:01 <1>: install program exit code is 1\r\n', 'YaST failed', 'failed'],
  ['suse', 'install program exit code is 10\r\n', 'YaST failed', 'failed'],
  ['agama', 'Welcome to Agama installer version 11! (ttyS1)\r\n', 'Agama started', 'installing'],
  ['agama', '[  512.4] agama-web-server[812]: Install phase done\r\n', 'Agama finished', 'installed'],
  ['agama', 'Connect to the Agama installer using these URLs:\r\n', 'Agama started', 'installing'],
  ['esxi', 'Loading ESXi installer\r\n', 'ESXi installer', 'booting'],
  ['proxmox', 'Starting Proxmox installation\r\n', 'Proxmox installer started', 'installing'],
  ['proxmox', 'INFO: Installation done.\r\n', 'Proxmox installer finished', 'installed'],
  ['proxmox', 'Installation done, rebooting... \r\n', 'Proxmox installer finished', 'installed'],
  ['proxmox', 'ERROR: Installation failed: low level installer returned early: no disk\r\n', 'Proxmox installer failed', 'failed'],
  ['talos', '[   31.2] [talos] task install (1/1): starting\r\n', 'Talos installation started', 'installing'],
  ['talos', '[   91.2] [talos] task install (1/1): install successful\r\n', 'Talos installation finished', 'installed'],
  [
    'talos',
    '[talos] sequence error: sequence failed: error running phase 4 in install sequence: task 1/1: failed\r\n',
    'Talos installation failed',
    'failed',
  ],
  ['xcp-ng', 'Starting actual installation\r\n', 'XCP-ng installer started', 'installing'],
  ['xcp-ng', 'The installation completed successfully.\r\n', 'XCP-ng installer finished', 'installed'],
  ['xcp-ng', 'INSTALL FAILED.\r\n', 'XCP-ng installer failed', 'failed'],
  ['nixos', 'installation finished!\r\n', 'nixos-install finished', 'installed'],
  ['arch', 'Installation completed without any errors. You may now reboot.\r\n', 'archinstall finished', 'installed'],
  ['proxmox', 'Installation aborted - unable to continue (type exit)\r\n', 'Proxmox installer failed', 'failed'],
  ['coreos', 'Install complete.\r\n', 'coreos-installer finished', 'installed'],
  ['flatcar', 'Success! Flatcar Container Linux stable 3510.2.6 is installed on /dev/sda\r\n', 'flatcar-install finished', 'installed'],
  ['alpine', 'Installation is complete. Please reboot.\r\n', 'setup-alpine finished', 'installed'],
  ['windows', 'Press any key to boot from CD or DVD.....', 'Windows boot prompt', 'boot-menu'],
];

describe.concurrent('presets', () => {
  it.each(LINES)('%s: %j', async (profile, output, name, meaning) => {
    expect(await matchesOf(output, profile)).toEqual([name]);
    expect(presetTriggers(profile).find((trigger) => trigger.name === name)?.meaning).toBe(meaning);
  });

  it.each([
    ['the last login', 'fedora', 'Last login: Sat Nov 28 10:00:00 UTC 2026 on ttyS0\r\n'],
    ['the last login, as far as it came', 'fedora', 'Last login: '],
    ['the last failed login, as far as it came', 'fedora', 'Last failed login: '],
    ['a log line about logins', 'fedora', 'sshd[1]: login: accepted for root\r\n'],
    ['the session manager', 'fedora', '[    9.1] systemd-logind[512]: New seat seat0.\r\nsystemd-logind: Watching system buttons\r\n'],
    ['a unit', 'fedora', '[  OK  ] Started \x1b[0;1;39msystemd-logind.service\x1b[0m - User Login Management.\r\n'],
    ['a package', 'fedora', 'Setting up grub-common (2.12)\r\n'],
    ['a boot argument', 'fedora', 'Command line: boot: quiet\r\n'],
    ['U-Boot', 'fedora', CONSOLE_TEXTS['U-Boot of a board'] ?? 'absent'],
    ['a dialog', 'fedora', CONSOLE_TEXTS['UTF-8 boxes and accents'] ?? 'absent'],
    ['a step of anaconda', 'fedora', 'Installation completed of package 3\r\n Installation complete with 2 packages left\r\n'],
    [
      'the menu of debian-installer',
      'debian',
      '  Select and install software\r\n  Finish the installation\r\n  Abort the installation\r\n',
    ],
    ['the title of a dialog of debian-installer', 'debian', '│     Installation complete      │\r\n'],
    ['a step of debian-installer', 'debian', 'update-initramfs: Installation complete, generating\r\nGRUB: Installation completed.\r\n'],
    ['a request to complete', 'debian', 'Continue until the Installation complete screen\r\n'],
    [
      'another task of Talos',
      'talos',
      '[talos] task installer (1/2): pull successful\r\n[talos] reboot failed: error running phase 1 in reboot sequence\r\n',
    ],
    ['a violation of something else', 'suse', 'audit: possible security violation by pid 1\r\n'],
  ])('do not match %s', async (_what, profile, output) => {
    expect(await matchesOf(output, profile)).toEqual([]);
  });
});

it('are valid, named once, small, and each has a text that lets other output pass', () => {
  const all = [undefined, ...Object.keys(PROFILE_PRESETS)].map((profile) => presetTriggers(profile));
  for (const triggers of all) {
    checkTriggers(triggers);
    expect(new Set(triggers.map(({ name }) => name)).size).toBe(triggers.length);
    for (const trigger of triggers) {
      expect(ConsoleTrigger.parse(trigger)).toEqual(trigger);
      expect(compilePattern(trigger).texts, trigger.pattern).toBeDefined();
    }
  }
});

it('are there for each profile, except for those that install nothing and print nothing of their own', () => {
  const ids = PROFILES.map(({ id }) => id);
  const without = ids.filter((id) => !Object.hasOwn(PROFILE_PRESETS, id));
  expect(without.sort()).toEqual(['hookos', 'memtest', 'unknown']);
  expect(Object.keys(PROFILE_PRESETS).filter((id) => !ids.includes(id))).toEqual([]);
  for (const id of [...without, 'toString', 'no profile']) expect(presetTriggers(id)).toEqual(presetTriggers(undefined));
});
