import { BootbenchError } from '../../../contract/errors.ts';
import { dashedMac } from '../../../contract/primitives.ts';
import type { ChapAccount } from '../../../contract/iscsi.ts';
import type { LocalBoot } from '../../../contract/inventory.ts';
import { FACTS_QUERY } from '../decide/decide.ts';
import { iPxeCannotPass, onScreen, REMOVE_ARGUMENT, screen } from './sentences.ts';

/** Seconds between two requests of a waiting machine, and how many it sends: waiting always ends in exit. */
const WAIT_SECONDS = 5;
export const WAIT_ROUNDS = 120;
/** Before the second and the last try to boot an ISO; and so that a person can read why a script exits. */
const RETRY_SECONDS = 3;
const LAST_TRY_SECONDS = 10;
const REFUSAL_SECONDS = 10;
const FAILURE_SECONDS = 15;

const HEADER = '#!ipxe';
/** Of a portal where its URI names none (RFC 7143 §4.1). */
const ISCSI_PORT = 3260;

/**
 * How every script exits. Not a bare `exit`: that is success, and UEFI's boot manager then shows its menu instead of trying
 * the next entry (observed: OVMF 2022.11). After a failure both BIOS and UEFI continue with the disk.
 */
const EXIT = 'exit 1';

/** Text that is safe on an iPXE line: no settings expansion, no comment, no line break, printable. */
export function ipxeText(text: string): string {
  return text
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[^\x20-\x7e]/g, ' ')
    .replaceAll('$', '')
    .replaceAll('&&', 'and')
    .replaceAll('||', 'or')
    .replaceAll('#', 'no.');
}

function lines(...text: string[]): string {
  return `${[HEADER, ...text].join('\n')}\n`;
}

/** `bootUrl/iso/<mac-with-dashes>/<token>/<name>.iso`: IP literal, no query, ends in .iso, because BMCs accept nothing else. */
export function viewUrl(bootUrl: string, mac: string, token: string, image: string): string {
  return `${bootUrl}/iso/${dashedMac(mac)}/${token}/${image}.iso`;
}

/** Where the files of a view are read one by one: `bootUrl/iso-files/<mac-with-dashes>/<token>/`, to which a path is added. */
export function viewFilesUrl(bootUrl: string, mac: string, token: string): string {
  return `${bootUrl}/iso-files/${dashedMac(mac)}/${token}/`;
}

/** Boots the host's ISO as an HTTP SAN disk. */
export function sanbootScript(title: string, url: string): string {
  return lines(`echo ${ipxeText(title)}`, ...sanbootTries(`sanboot --no-describe ${url}`, screen.isoFailed, false));
}

/**
 * Three tries, because a switch port may still be learning. A disk that is kept after a failure has to be removed before the next try, which
 * could not register its own otherwise.
 */
function sanbootTries(sanboot: string, failure: string, keepSan: boolean): string[] {
  const remove = keepSan ? ['sanunhook --drive 0x80 ||'] : [];
  return [
    `${sanboot} && goto left || goto again`,
    ':again',
    `echo ${screen.retrySoon(RETRY_SECONDS)}`,
    `sleep ${RETRY_SECONDS}`,
    ...remove,
    `${sanboot} && goto left || goto last`,
    ':last',
    `echo ${screen.lastTry(LAST_TRY_SECONDS)}`,
    `sleep ${LAST_TRY_SECONDS}`,
    ...remove,
    `${sanboot} && goto left || goto failed`,
    ':failed',
    `echo ${onScreen(failure)}`,
    `sleep ${FAILURE_SECONDS}`,
    EXIT,
    ':left',
    `echo ${onScreen(screen.loaderExited)}`,
    EXIT,
  ];
}

/** How a machine logs in to its iSCSI disk. */
export interface IscsiLogin {
  /** IPv4. */
  readonly portal: string;
  readonly port: number;
  readonly targetName: string;
  readonly initiatorName: string;
  readonly chap?: ChapAccount | undefined;
  readonly keepSan: boolean;
}

/** Fields of an iPXE SAN URI (ipxe.org/sanuri): server, protocol, port, LUN, target. Empty ones are TCP, 3260 and LUN 0. */
export function iscsiUri({ portal, port, targetName }: Pick<IscsiLogin, 'portal' | 'port' | 'targetName'>): string {
  return `iscsi:${portal}::${port === ISCSI_PORT ? '' : port}::${targetName}`;
}

/**
 * Boots the host's ISO as an iSCSI disk; three tries. Without `--no-describe`: that would leave out the iBFT, by which the started system
 * finds the disk again (ipxe.org/cmd/sanboot).
 */
export function iscsiScript(title: string, login: IscsiLogin): string {
  const uri = iscsiUri(login);
  return lines(
    `echo ${ipxeText(title)}`,
    `echo ${onScreen(screen.iscsiTarget(uri))}`,
    `set initiator-iqn ${login.initiatorName}`,
    ...(login.chap ? chapSettings(login.chap) : []),
    ...(login.keepSan ? ['set keep-san 1'] : []),
    ...sanbootTries(`sanboot ${uri}`, screen.iscsiFailed, login.keepSan),
  );
}

/** As hex, so that no character of a name or secret means anything to iPXE. */
function chapSettings({ name, secret, mutual }: ChapAccount): string[] {
  const own = [`set username:hex ${hex(name)}`, `set password:hex ${hex(secret)}`];
  if (!mutual) return own;
  return [...own, `set reverse-username:hex ${hex(mutual.name)}`, `set reverse-password:hex ${hex(mutual.secret)}`];
}

/** A script as it may be shown to people. */
export function withoutSecrets(script: string): string {
  return script.replace(/^(set (?:reverse-)?password:hex) .*$/gm, '$1 ********');
}

function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** What a kernel script loads: URLs, and words as the kernel shall see them. */
export interface KernelLoad {
  readonly kernelUrl: string;
  readonly initrdUrls: readonly string[];
  readonly words: readonly string[];
}

/**
 * Loads the ISO's own kernel and initrd, for systems that need no medium once they run. UEFI kernels find the initrd by the name that
 * iPXE gives it (`initrd=`, the last part of the URL). E_BAD_INPUT for a word that iPXE would not pass on unchanged.
 */
export function kernelScript(title: string, { kernelUrl, initrdUrls, words }: KernelLoad): string {
  const named = initrdUrls.map((url) => `initrd=${url.slice(url.lastIndexOf('/') + 1)}`);
  const line = [...named, ...words.map(ipxeWord)].join(' ');
  return lines(
    `echo ${ipxeText(title)}`,
    'imgfree',
    `kernel ${kernelUrl} ${line} || goto failed`,
    ...initrdUrls.map((url) => `initrd ${url} || goto failed`),
    'boot || goto failed',
    ':failed',
    `echo ${onScreen(screen.kernelFailed)}`,
    `sleep ${FAILURE_SECONDS}`,
    EXIT,
  );
}

/** iPXE has no quotes: it expands settings and reads these words as operators. */
function ipxeWord(word: string): string {
  if (!word.includes('${') && !['&&', '||', ';'].includes(word)) return word;
  throw new BootbenchError('E_BAD_INPUT', iPxeCannotPass(word), { next: REMOVE_ARGUMENT });
}

/** Exits to the machine's own disk, in the way that this host's firmware accepts. */
export function localBootScript(title: string, how: LocalBoot): string {
  return lines(`echo ${ipxeText(title)}`, ...localBootCommands(how));
}

function localBootCommands(how: LocalBoot): string[] {
  switch (how.kind) {
    case 'exit':
      return [EXIT];
    case 'sanboot':
      return [`sanboot --no-describe --drive 0x80 || ${EXIT}`];
    case 'efi':
      return [`sanboot --no-describe --drive 0x80 --filename ${how.file} || ${EXIT}`];
  }
}

/** Shows why and exits. */
export function refusalScript(message: string): string {
  return lines(`echo ${ipxeText(onScreen(message))}`, `sleep ${REFUSAL_SECONDS}`, EXIT);
}

/** Shows why, retries every few seconds so that adding the machine boots it, and ends in exit. */
export function waitScript(message: string, bootUrl: string, round: number): string {
  const shown = ipxeText(onScreen(message));
  if (round >= WAIT_ROUNDS) return lines(`echo ${shown} ${screen.timedOut}`, EXIT);
  return lines(
    `echo ${shown}`,
    `echo ${screen.waiting(round + 1, WAIT_ROUNDS)}`,
    `prompt --key 0x03 --timeout ${WAIT_SECONDS * 1000} && ${EXIT} ||`,
    `chain --replace --autofree ${requestAgain(bootUrl)}&wait=${round + 1} || ${EXIT}`,
  );
}

/** For loaders that fetched the bare URL: the same request with the machine's facts filled in. */
export function requestWithFactsScript(bootUrl: string): string {
  return lines('isset ${netX/ip} || dhcp', `chain --replace --autofree ${requestAgain(bootUrl)}`);
}

function requestAgain(bootUrl: string): string {
  return `${bootUrl}/ipxe?mac=\${netX/mac}&${FACTS_QUERY}&asked=1`;
}
