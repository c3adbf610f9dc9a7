/** Names of folders and files of transcripts. */

/** Device names of Windows, with any extension (learn.microsoft.com, “Naming Files, Paths, and Namespaces”). */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The folder of a host: its name, where every file system can have it. `=` is in no host's name: it stands before a capital letter, because some
 * file systems ignore case, and twice before the name of a device of Windows.
 */
export function folderOf(host: string): string {
  const name = host.replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`);
  return DEVICE.test(host) ? `==${name}` : name;
}

/** When a transcript started, to the second, and `count` where it is not the first one of that second. */
export interface IdTime {
  readonly second: number;
  readonly count: number;
}

const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_(\d{1,9}))?(?:-(.+))?$/;

/** `20261129T063811Z-fedora-43`, or with a count of 2 `20261129T063811Z_2-fedora-43`. */
export function idOf({ second, count }: IdTime, image: string | undefined): string {
  const time = new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}${count > 1 ? `_${count}` : ''}${image === undefined ? '' : `-${image}`}`;
}

/** Undefined for a name that is not a transcript's. */
export function parseId(id: string): (IdTime & { readonly image: string | undefined }) | undefined {
  const [, year, month, day, hour, minute, second, count, image] = ID.exec(id) ?? [];
  if (year === undefined) return undefined;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return { second: time / 1000, count: Number(count ?? 1), image };
}

/** The time of a transcript that starts now. Later than the newest one's also where the clock was set back, because names decide the order. */
export function nextIdTime(now: number, newest: IdTime | undefined): IdTime {
  const second = Math.floor(now / 1000);
  if (newest === undefined || second > newest.second) return { second, count: 1 };
  return { second: newest.second, count: newest.count + 1 };
}

export function byTime(a: IdTime, b: IdTime): number {
  return a.second - b.second || a.count - b.count;
}

/** The file of a part: `ID.log` where it starts at offset 0, else `ID~OFFSET.log`. No ID has a tilde. */
export function fileName(id: string, base: number, kind: 'log' | 'times'): string {
  return `${id}${base === 0 ? '' : `~${base}`}.${kind}`;
}

/** Undefined for a file of something else. */
export function parseFileName(file: string): { id: string; base: number; kind: 'log' | 'times' } | undefined {
  const [, id = '', base = '0', kind] = /^([^~]+)(?:~(\d{1,15}))?\.(log|times)$/.exec(file) ?? [];
  if (parseId(id) === undefined) return undefined;
  return { id, base: Number(base), kind: kind === 'log' ? 'log' : 'times' };
}
