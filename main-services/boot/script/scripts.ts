import { BootbenchError } from '../../../contract/errors.ts';
import { dashedMac } from '../../../contract/primitives.ts';
import type { LocalBoot } from '../../../contract/inventory.ts';
import { FACTS_QUERY } from '../decide/decide.ts';

/** Seconds between two looks of a waiting machine, and how often it looks: wait always ends in exit. */
const WAIT_SECONDS = 5;
export const WAIT_ROUNDS = 120;

const HEADER = '#!ipxe';

/**
 * How every script leaves. Not a bare `exit`: that is success, and UEFI's boot manager then shows its menu instead of trying
 * the next entry (observed: OVMF 2022.11). After a failure both BIOS and UEFI go on to the disk.
 */
const LEAVE = 'exit 1';

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

/** `bootUrl/iso/<mac-with-dashes>/<token>/<name>.iso`: IP literal, no query, ends in .iso (DESIGN decision 3). */
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
    'echo The ISO did not boot; trying again in 3 seconds.',
    'sleep 3',
    `sanboot --no-describe ${url} && goto left || goto last`,
    ':last',
    'echo The ISO did not boot again; a last try in 10 seconds.',
    'sleep 10',
    `sanboot --no-describe ${url} && goto left || goto failed`,
    ':failed',
    'echo Bootbench: the ISO could not be booted. The error above and its URL say why.',
    'sleep 15',
    LEAVE,
    ':left',
    'echo Bootbench: the loader of the ISO gave up by itself.',
    LEAVE,
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
 * iPXE gives it (`initrd=`, the last part of the URL). E_BAD_INPUT for a word that iPXE would not hand on as it is.
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
    'echo Bootbench: the kernel could not be loaded. The error above and its URL say why.',
    'sleep 15',
    LEAVE,
  );
}

/** iPXE has no quotes: it expands settings and reads these words as operators. */
function ipxeWord(word: string): string {
  if (!word.includes('${') && !['&&', '||', ';'].includes(word)) return word;
  throw new BootbenchError('E_BAD_INPUT', `The kernel argument ${JSON.stringify(word)} cannot be handed on by iPXE.`, {
    next: 'Leave it out, or choose another boot method for the host.',
  });
}

/** Leaves for the machine's own disk, the way that this host's firmware accepts. */
export function localBootScript(title: string, how: LocalBoot): string {
  return lines(`echo ${ipxeText(title)}`, ...localBootCommands(how));
}

function localBootCommands(how: LocalBoot): string[] {
  switch (how.kind) {
    case 'exit':
      return [LEAVE];
    case 'sanboot':
      return [`sanboot --no-describe --drive 0x80 || ${LEAVE}`];
    case 'efi':
      return [`sanboot --no-describe --drive 0x80 --filename ${how.file} || ${LEAVE}`];
  }
}

/** Says why and leaves. */
export function refusalScript(sentence: string): string {
  return lines(`echo Bootbench: ${ipxeText(sentence)}`, 'sleep 10', LEAVE);
}

/** Says why, asks again every few seconds so that adopting the machine boots it, and ends in exit. */
export function waitScript(sentence: string, bootUrl: string, round: number): string {
  if (round >= WAIT_ROUNDS) return lines(`echo Bootbench: ${ipxeText(sentence)} Nobody came; leaving.`, LEAVE);
  return lines(
    `echo Bootbench: ${ipxeText(sentence)}`,
    `echo Waiting (${round + 1} of ${WAIT_ROUNDS}); Ctrl-C leaves.`,
    `prompt --key 0x03 --timeout ${WAIT_SECONDS * 1000} && ${LEAVE} ||`,
    `chain --replace --autofree ${askAgain(bootUrl)}&wait=${round + 1} || ${LEAVE}`,
  );
}

/** For loaders that fetched the bare URL: the same question with the machine's facts filled in. */
export function askWithFactsScript(bootUrl: string): string {
  return lines('isset ${netX/ip} || dhcp', `chain --replace --autofree ${askAgain(bootUrl)}`);
}

function askAgain(bootUrl: string): string {
  return `${bootUrl}/ipxe?mac=\${netX/mac}&${FACTS_QUERY}&asked=1`;
}
