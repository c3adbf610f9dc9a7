import { LOCAL_BOOT } from '../../../contract/inventory.ts';
import { Name } from '../../../contract/primitives.ts';
import { notAnIso } from './labels.ts';

const ENDING = /\.(iso|img)$/i;
const LONGEST = 63;

/** Why a file of that name cannot be an ISO image; undefined when it may be one. */
export function refusalOf(fileName: string): string | undefined {
  if (ENDING.test(fileName)) return undefined;
  return notAnIso(fileName);
}

/** A name for the library made of a file's name: what a name may not hold becomes a dash, and a taken one gets a number. */
export function proposeName(fileName: string, isTaken: (name: string) => boolean): string {
  const base = fileName
    .replace(ENDING, '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/-{2,}/g, '-');
  const name = trimmed(base.slice(0, LONGEST)) || 'image';
  for (let number = 1; ; number += 1) {
    const proposal = number === 1 ? name : withNumber(name, number);
    if (proposal !== LOCAL_BOOT && !isTaken(proposal)) return proposal;
  }
}

function withNumber(name: string, number: number): string {
  const suffix = `-${number}`;
  return trimmed(name.slice(0, LONGEST - suffix.length)) + suffix;
}

/** Names begin and end with a letter or digit. */
function trimmed(text: string): string {
  return text.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** Why this name cannot be used for a new image; undefined when it can. */
export function nameProblem(name: string, isTaken: (name: string) => boolean): string | undefined {
  const parsed = Name.safeParse(name);
  if (!parsed.success) return sentence(parsed.error.issues[0]?.message ?? 'this name cannot be used');
  if (name === LOCAL_BOOT) return `${LOCAL_BOOT} is the name for booting from the machine’s own disk.`;
  if (isTaken(name)) return `An image named ${name} already exists.`;
  return undefined;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** The file's own name in a path or URL. */
export function lastPart(place: string): string {
  const [path = ''] = place.split(/[?#]/);
  return fileNameOf(path);
}

/** The name of the file at a path, in which `?` and `#` are characters like others. */
export function fileNameOf(path: string): string {
  return path.split(/[/\\]/).filter(Boolean).at(-1) ?? '';
}
