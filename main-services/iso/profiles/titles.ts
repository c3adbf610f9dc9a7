import type { Arch } from '../../../contract/inventory.ts';

/** Sections and values of an INI text such as .treeinfo, by `section.key` in lower case; of two the first counts. */
export function iniValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]*)\]/.exec(line);
    const pair = /^\s*([^=;#[\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (heading) section = (heading[1] ?? '').toLowerCase();
    else if (pair) {
      const key = `${section}.${(pair[1] ?? '').toLowerCase()}`;
      if (!values.has(key)) values.set(key, pair[2] ?? '');
    }
  }
  return values;
}

/** Words of a title without the empty ones, on one line and not endless, for texts that come from anywhere. */
export function titleOf(...words: readonly (string | undefined | false)[]): string {
  const text = words.filter((word) => typeof word === 'string' && word.trim() !== '').join(' ');
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, 80);
}

/** The architectures that a text names. */
export function archOf(text: string | undefined): Arch[] {
  const found: Arch[] = [];
  if (/x86[-_]64|amd64|x64/i.test(text ?? '')) found.push('x86_64');
  if (/aarch64|arm64/i.test(text ?? '')) found.push('aarch64');
  return found;
}

/** `12.5.0` as `12.5`. */
export function withoutZero(version: string | undefined): string | undefined {
  return version?.replace(/^(\d+\.\d+)\.0$/, '$1');
}
