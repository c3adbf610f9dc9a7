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
    pattern: '(?i)secure boot violation|rejected probably by secure boot|security violation|bad shim signature',
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
  { name: 'Login prompt', meaning: 'login', pattern: String.raw`(?:^|[\w.-] )login: *$` },
];

const ANACONDA: readonly ConsoleTrigger[] = [
  { name: 'anaconda started', meaning: 'installing', pattern: String.raw`\banaconda [\d.].* started\.|Starting installer, one moment` },
  { name: 'anaconda finished', meaning: 'installed', pattern: '^ *Installation complete' },
  {
    name: 'anaconda failed',
    meaning: 'failed',
    pattern: 'The installation was stopped due to an error|Non interactive installation failed',
  },
];

const DEBIAN_INSTALLER: readonly ConsoleTrigger[] = [
  { name: 'debian-installer', meaning: 'installing', pattern: 'Installing the base system' },
  { name: 'debian-installer finished', meaning: 'installed', pattern: 'Installation complete' },
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

/** By the ids of iso/profiles. */
export const PROFILE_PRESETS: Readonly<Record<string, readonly ConsoleTrigger[]>> = {
  fedora: ANACONDA,
  'fedora-live': ANACONDA,
  debian: DEBIAN_INSTALLER,
  'debian-live': DEBIAN_INSTALLER,
  'ubuntu-server': SUBIQUITY,
  'ubuntu-desktop': SUBIQUITY,
  suse: [{ name: 'YaST started', meaning: 'installing', pattern: '(?i)starting yast' }],
  agama: [{ name: 'Agama started', meaning: 'installing', pattern: 'Connect to the Agama installer' }],
  esxi: [{ name: 'ESXi installer', meaning: 'booting', pattern: 'Loading ESXi installer' }],
  proxmox: [{ name: 'Proxmox installer failed', meaning: 'failed', pattern: 'Installation aborted - unable to continue' }],
  coreos: [{ name: 'coreos-installer finished', meaning: 'installed', pattern: String.raw`\bInstall complete\.` }],
  flatcar: [{ name: 'flatcar-install finished', meaning: 'installed', pattern: 'Success! Flatcar Container Linux .* is installed on' }],
  alpine: [{ name: 'setup-alpine finished', meaning: 'installed', pattern: String.raw`Installation is complete\. Please reboot` }],
  windows: [{ name: 'Windows boot prompt', meaning: 'boot-menu', pattern: '(?i)press any key to boot from cd or dvd' }],
};

/** The triggers of the profile of a host’s image, then those of every host. */
export function presetTriggers(profile: string | undefined): readonly ConsoleTrigger[] {
  const own = profile !== undefined && Object.hasOwn(PROFILE_PRESETS, profile) ? PROFILE_PRESETS[profile] : undefined;
  return [...(own ?? []), ...COMMON];
}
