import type { Nic, RuntimeSettings } from '../../../contract/appliance.ts';

/** Why this one, or what speaks against it, in one sentence. */
export function nicReason(nic: Nic): string {
  if (nic.wireless) return 'Wi-Fi: most machines cannot netboot from it.';
  if (nic.defaultRoute) return 'It is connected to the rest of your network, so it is probably not the lab port.';
  if (!nic.carrier) return 'Wired, but nothing is plugged in yet.';
  return 'Wired, has a link, and is separate from your own network.';
}

export const FIRST_RUN = { title: 'Three questions, then the first machine boots', later: 'Later', change: 'Change' } as const;

export function changeLabel(question: string): string {
  return `Change: ${question}`;
}

export function proposed(title: string): string {
  return `${title} · proposed`;
}

export const PORT = {
  question: 'Which network port are the machines on?',
  label: 'Network port',
  none: 'This computer has no network port for machines. Plug in a network adapter; it appears here automatically.',
} as const;

export function usePort(nic: string): string {
  return `Use ${nic}`;
}

export function switchingTo(nic: string): string {
  return `Switching to ${nic}…`;
}

export const ADDRESS = {
  question: 'How do machines get their address?',
  label: 'DHCP mode',
  saving: 'Saving…',
  scanAgain: 'Scan again',
  confirm: 'Assign addresses on this port anyway.',
} as const;

export const MODE_ANSWERS: Record<RuntimeSettings['dhcp'], string> = {
  full: 'Bootbench assigns every machine its address.',
  proxy: 'Another server assigns addresses; Bootbench adds the boot files.',
  auto: 'Bootbench scans for other DHCP servers first.',
  off: 'Bootbench does not answer DHCP.',
};

export const MODE_BUTTONS = { full: 'Assign addresses', proxy: 'Work alongside it', off: 'Leave DHCP off' } as const;

export function scanning(nic: string): string {
  return `Scanning ${nic} for DHCP servers (4 s)…`;
}

export const ISO = {
  question: 'What do they boot first?',
  adding: 'The ISO is being added to the library.',
  drop: 'Drop an ISO anywhere in this window: an installer or a live system. It is copied into the library; the file stays where it is.',
  toBench: 'Go to the bench',
  choose: 'Choose an ISO',
  chooseAnother: 'Choose another ISO',
  skip: 'Continue without an ISO',
} as const;

export function inLibrary(image: string): string {
  return `${image} is in the library.`;
}
