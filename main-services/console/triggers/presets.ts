import type { ConsoleTrigger } from '../../../contract/console.ts';

/**
 * What firmware, loaders, kernels and installers print. Each pattern has a text that every match contains, so that other output costs little;
 * none has an answer, because only a person decides what is typed. Data; a wrong pattern changes what is reported, and never stops a job.
 */

const COMMON: readonly ConsoleTrigger[] = [
  // UEFI (EDK II NetworkPkg) and Intel's boot agents number their errors alike.
  { name: 'PXE error', meaning: 'failed', pattern: String.raw`\bPXE-E\d\d\b` },
  // SeaBIOS, EDK II, Dell, AMI, HPE.
  {
    name: 'No bootable device',
    meaning: 'failed',
    pattern: '(?i)no bootable (?:device|option)|no boot device (?:available|found)|select proper boot device|non-system disk',
  },
  // EDK II, shim.
  {
    name: 'Secure Boot violation',
    meaning: 'failed',
    pattern: String.raw`(?i)secure boot violation|rejected probably by secure boot|: (?:\(0x1A\) )?security violation|bad shim signature`,
  },
  { name: 'UEFI shell', meaning: 'failed', pattern: 'UEFI Interactive Shell' },
  { name: 'iPXE cannot boot', meaning: 'failed', pattern: 'Could not boot(?: image)?: |Nothing to boot: |No more network devices' },

  { name: 'GRUB menu', meaning: 'boot-menu', pattern: 'GNU +GRUB +version' },
  { name: 'GRUB prompt', meaning: 'failed', pattern: '^grub(?: rescue)?> *$' },
  { name: 'isolinux prompt', meaning: 'boot-menu', pattern: '^boot: *$' },

  { name: 'Kernel started', meaning: 'booting', pattern: String.raw`Linux version \d` },
  { name: 'Kernel panic', meaning: 'failed', pattern: 'Kernel panic - not syncing' },
  // dracut, initramfs-tools, Alpine's mkinitfs.
  {
    name: 'Shell of the initramfs',
    meaning: 'failed',
    pattern: String.raw`^(?:dracut|switch_root):/# *$|^\(initramfs\) *$|Dropping to a shell!|emergency recovery shell launched`,
  },
  { name: 'Emergency mode', meaning: 'failed', pattern: '(?i)entering emergency mode|you are in (?:emergency|rescue) mode' },
  // agetty and FreeBSD's getty: the name of the system or nothing before it. Not “Last login:”, whose line may pause there.
  {
    name: 'Login prompt',
    meaning: 'login',
    pattern: String.raw`^(?:(?:L(?:as?)?|(?:[^L\s]|L[^a\s]|La[^s\s]|Las[^t\s]|Last\S)\S*) )?login: *$`,
  },
];

const ANACONDA: readonly ConsoleTrigger[] = [
  { name: 'anaconda started', meaning: 'installing', pattern: String.raw`\banaconda [\d.].* started\.|Starting installer, one moment` },
  { name: 'anaconda finished', meaning: 'installed', pattern: String.raw`^ *Installation complete(?:\.| *$)` },
  {
    name: 'anaconda failed',
    meaning: 'failed',
    pattern: 'The installation was stopped due to an error|Non interactive installation failed',
  },
];

const DEBIAN_INSTALLER: readonly ConsoleTrigger[] = [
  { name: 'debian-installer', meaning: 'installing', pattern: 'Installing the base system' },
  // finish-install.templates. Its title, “Installation complete”, is what other steps print too.
  { name: 'debian-installer finished', meaning: 'installed', pattern: 'Installation is complete, so it is time to boot' },
  { name: 'debian-installer failed', meaning: 'failed', pattern: '(?i)installation step failed' },
];

const SUBIQUITY: readonly ConsoleTrigger[] = [
  { name: 'subiquity', meaning: 'installing', pattern: 'start: subiquity/Install/install:' },
  { name: 'subiquity finished', meaning: 'installed', pattern: 'finish: subiquity/Late/run: SUCCESS|Install complete!' },
  {
    name: 'subiquity failed',
    meaning: 'failed',
    pattern: String.raw`finish: subiquity/Install/install: FAIL|An error occurred\. Press enter to start a shell`,
  },
];

/** What linuxrc says of YaST when it ended (openSUSE/linuxrc, install.c). */
const YAST: readonly ConsoleTrigger[] = [
  { name: 'YaST started', meaning: 'installing', pattern: '(?i)starting yast' },
  { name: 'YaST finished', meaning: 'installed', pattern: String.raw`\binstall program exit code is 0\b` },
  { name: 'YaST failed', meaning: 'failed', pattern: String.raw`\binstall program exit code is -?[1-9]` },
];

/** The issue on the serial line (agama-project/agama, issue 1918), and the journal where it is forwarded to the console (openQA, agama_reboot.pm). */
const AGAMA: readonly ConsoleTrigger[] = [
  { name: 'Agama started', meaning: 'installing', pattern: '(?:Connect to the|Welcome to) Agama installer' },
  { name: 'Agama finished', meaning: 'installed', pattern: String.raw`\bagama.*(?:Install phase done|Installation finished)` },
];

/** proxmox/pve-installer: unconfigured.sh, and the log of proxmox-auto-installer. */
const PROXMOX: readonly ConsoleTrigger[] = [
  { name: 'Proxmox installer started', meaning: 'installing', pattern: 'Starting Proxmox installation' },
  { name: 'Proxmox installer finished', meaning: 'installed', pattern: String.raw`^(?:INFO: )?Installation done[.,]` },
  {
    name: 'Proxmox installer failed',
    meaning: 'failed',
    pattern: 'Installation aborted - unable to continue|^ERROR: Installation failed: ',
  },
];

/** machined's log (siderolabs/talos, v1alpha1_sequencer_tasks.go and issue 7042). */
const TALOS: readonly ConsoleTrigger[] = [
  { name: 'Talos installation started', meaning: 'installing', pattern: String.raw`\[talos\] task install \(\d+/\d+\): starting` },
  {
    name: 'Talos installation finished',
    meaning: 'installed',
    pattern: String.raw`\[talos\] task install \(\d+/\d+\): install successful`,
  },
  { name: 'Talos installation failed', meaning: 'failed', pattern: String.raw`\[talos\] .*error running phase \d+ in install sequence` },
];

/** xcp-ng/host-installer, install.py, which logs to the console with rt_answerfile. */
const XCP_NG: readonly ConsoleTrigger[] = [
  { name: 'XCP-ng installer started', meaning: 'installing', pattern: 'Starting actual installation' },
  { name: 'XCP-ng installer finished', meaning: 'installed', pattern: String.raw`The installation completed successfully\.` },
  { name: 'XCP-ng installer failed', meaning: 'failed', pattern: String.raw`\bINSTALL FAILED\.` },
];

/** By the ids of iso/profiles. */
export const PROFILE_PRESETS: Readonly<Record<string, readonly ConsoleTrigger[]>> = {
  fedora: ANACONDA,
  'fedora-live': ANACONDA,
  debian: DEBIAN_INSTALLER,
  'debian-live': DEBIAN_INSTALLER,
  'ubuntu-server': SUBIQUITY,
  'ubuntu-desktop': SUBIQUITY,
  suse: YAST,
  agama: AGAMA,
  // Its installer prints nothing on a serial port that a source shows.
  esxi: [{ name: 'ESXi installer', meaning: 'booting', pattern: 'Loading ESXi installer' }],
  proxmox: PROXMOX,
  talos: TALOS,
  'xcp-ng': XCP_NG,
  coreos: [{ name: 'coreos-installer finished', meaning: 'installed', pattern: String.raw`\bInstall complete\.` }],
  flatcar: [{ name: 'flatcar-install finished', meaning: 'installed', pattern: 'Success! Flatcar Container Linux .* is installed on' }],
  alpine: [{ name: 'setup-alpine finished', meaning: 'installed', pattern: String.raw`Installation is complete\. Please reboot` }],
  // NixOS/nixpkgs, nixos-install.sh.
  nixos: [{ name: 'nixos-install finished', meaning: 'installed', pattern: '^installation finished! *$' }],
  // archlinux/archinstall, installer.py.
  arch: [{ name: 'archinstall finished', meaning: 'installed', pattern: 'Installation completed without any errors' }],
  windows: [{ name: 'Windows boot prompt', meaning: 'boot-menu', pattern: '(?i)press any key to boot from cd or dvd' }],
};

/** The triggers of the profile of a host’s image, then those of every host. */
export function presetTriggers(profile: string | undefined): readonly ConsoleTrigger[] {
  const own = profile !== undefined && Object.hasOwn(PROFILE_PRESETS, profile) ? PROFILE_PRESETS[profile] : undefined;
  return [...(own ?? []), ...COMMON];
}
