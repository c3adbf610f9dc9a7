import type { HostIscsi, IscsiSession } from '../../../contract/iscsi.ts';
import { formatBytes, formatRate } from '../../format/bytes.ts';

export const DEVICES: Record<IscsiSession['device'], string> = { cd: 'CD', disk: 'disk, 512-byte blocks' };

export const TARGET = {
  title: 'iSCSI',
  portal: 'Portal',
  off: 'The iSCSI service is not running.',
  offReason: 'Show why',
  device: 'Device',
  initiator: 'Initiator',
  keepSan: 'After a failed boot',
  keepsSan: 'network disk stays attached',
} as const;

/** The name of a target's line: the interface is named where a host has several. */
export function targetTitle(count: number, index: number): string {
  return count === 1 ? 'Target' : `Target ${index + 1}`;
}

export const SESSIONS = {
  title: 'iSCSI sessions',
  list: 'iSCSI sessions, newest first',
  none: 'No iSCSI sessions. A machine that logs in to its target appears here.',
  noneOfHost: 'No session. It appears here when the machine logs in to its target.',
  started: 'started',
  idle: 'idle',
} as const;

/** A session that read nothing yet has no size to show. */
export function readLabel({ bytes }: Pick<IscsiSession, 'bytes'>): string {
  return bytes === 0 ? '0 kB' : formatBytes(bytes);
}

export function rateLabel({ rate }: Pick<IscsiSession, 'rate'>): string {
  return rate > 0 ? formatRate(rate) : SESSIONS.idle;
}

export const CHAP = {
  title: 'CHAP',
  none: 'No CHAP account: the machine is recognized by its address.',
  add: 'Add a CHAP account…',
  edit: 'CHAP account…',
  noSecret: 'A CHAP secret is not stored on this computer.',
  noSecretNext: 'Until it is entered again, every login is refused.',
  user: 'CHAP user',
  secret: 'CHAP secret',
  secretStored: 'A secret is stored; type a new one to replace it',
  secretNew: '12 to 16 characters; not shown again after saving',
  mutual: 'Mutual CHAP',
  mutualHelp: 'The machine also checks who the target is',
  targetUser: 'Target user',
  targetSecret: 'Target secret',
  save: 'Save CHAP account',
  saving: 'Saving…',
  close: 'Close',
  remove: 'Remove CHAP account',
  saved: 'Secret saved, encrypted on this computer.',
  savedForSession: 'The secret is stored for this session only.',
  savedForSessionReason: 'This computer has no secure storage: enter it again after a restart.',
} as const;

/** `bench`, or `bench, target bench-target`. */
export function accountLabel({ username, reverseUsername }: NonNullable<HostIscsi['chap']>): string {
  return reverseUsername === undefined ? username : `${username}, target ${reverseUsername}`;
}
