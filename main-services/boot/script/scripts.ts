import { BootbenchError } from '../../../contract/errors.ts';
import { dashedMac } from '../../../contract/primitives.ts';
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

/** Boots the host's ISO as an HTTP SAN disk; three tries, because a switch port may still be learning. */
export function sanbootScript(title: string, url: string): string {
  return lines(
    `echo ${ipxeText(title)}`,
    `sanboot --no-describe ${url} && goto left || goto again`,
    ':again',
    `echo ${screen.retrySoon(RETRY_SECONDS)}`,
    `sleep ${RETRY_SECONDS}`,
    `sanboot --no-describe ${url} && goto left || goto last`,
    ':last',
    `echo ${screen.lastTry(LAST_TRY_SECONDS)}`,
    `sleep ${LAST_TRY_SECONDS}`,
    `sanboot --no-describe ${url} && goto left || goto failed`,
    ':failed',
    `echo ${onScreen(screen.isoFailed)}`,
    `sleep ${FAILURE_SECONDS}`,
    EXIT,
    ':left',
    `echo ${onScreen(screen.loaderExited)}`,
    EXIT,
  );
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
