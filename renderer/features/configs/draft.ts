import * as z from 'zod';
import { ConfigFormat, type Config } from '../../../contract/inventory.ts';

const Content = z.object({
  format: ConfigFormat,
  description: z.string(),
  files: z.record(z.string(), z.string()),
  defaultFile: z.string().optional(),
});
/** What can be edited of a config. */
export type Content = z.infer<typeof Content>;

/** `base` is what the appliance had when the editing began; `mine` is what stands in the editor. */
export interface Draft {
  readonly base: Content;
  readonly mine: Content;
}

export function contentOf({ format, description, files, defaultFile }: Config): Content {
  return { format, description, files, ...(defaultFile !== undefined && { defaultFile }) };
}

export function draftOf(config: Config): Draft {
  const content = contentOf(config);
  return { base: content, mine: content };
}

export function isChanged({ base, mine }: Draft): boolean {
  return !same(base, mine);
}

export function changedFiles({ base, mine }: Draft): string[] {
  return Object.keys(mine.files).filter((name) => mine.files[name] !== base.files[name]);
}

export type Meeting =
  | { readonly kind: 'same' }
  /** Nothing of one's own would be lost: the draft follows. */
  | { readonly kind: 'follow'; readonly draft: Draft }
  /** The appliance's copy and the editor's went different ways. */
  | { readonly kind: 'conflict'; readonly theirs: Content };

/** How a draft stands to what the appliance has now. */
export function meet(draft: Draft, config: Config): Meeting {
  const theirs = contentOf(config);
  if (same(theirs, draft.mine)) return isChanged(draft) ? { kind: 'follow', draft: draftOf(config) } : { kind: 'same' };
  if (same(theirs, draft.base)) return { kind: 'same' };
  return isChanged(draft) ? { kind: 'conflict', theirs } : { kind: 'follow', draft: draftOf(config) };
}

/** One's own stays, and is what the next save writes. */
export function keepMine({ mine }: Draft, theirs: Content): Draft {
  return { base: theirs, mine };
}

/** The merge patch (RFC 7386) that makes the appliance's copy one's own: null removes. */
export function patchOf({ base, mine }: Draft): Record<string, z.core.util.JSONType> {
  const gone = Object.keys(base.files).filter((name) => !Object.hasOwn(mine.files, name));
  const files = [
    ...gone.map((name) => [name, null] as const),
    ...changedFiles({ base, mine }).map((name) => [name, mine.files[name] ?? ''] as const),
  ];
  return {
    ...(files.length > 0 && { files: Object.fromEntries(files) }),
    ...(base.format !== mine.format && { format: mine.format }),
    ...(base.description !== mine.description && { description: mine.description }),
    ...(base.defaultFile !== mine.defaultFile && { defaultFile: mine.defaultFile ?? null }),
  };
}

export function setText(draft: Draft, file: string, text: string): Draft {
  return withMine(draft, { files: { ...draft.mine.files, [file]: text } });
}

/** The file keeps its place among the others; where it was the default, it stays so. */
export function renameFile(draft: Draft, from: string, to: string): Draft {
  const files = Object.fromEntries(Object.entries(draft.mine.files).map(([name, text]) => [name === from ? to : name, text]));
  return withMine(draft, { files, defaultFile: draft.mine.defaultFile === from ? to : draft.mine.defaultFile });
}

export function removeFile(draft: Draft, file: string): Draft {
  const { [file]: _gone, ...files } = draft.mine.files;
  return withMine(draft, { files, defaultFile: draft.mine.defaultFile === file ? undefined : draft.mine.defaultFile });
}

export function withMine(draft: Draft, part: Partial<Content>): Draft {
  const { defaultFile, ...mine } = { ...draft.mine, ...part };
  return { base: draft.base, mine: { ...mine, ...(defaultFile !== undefined && { defaultFile }) } };
}

function same(a: Content, b: Content): boolean {
  const names = Object.keys(a.files);
  return (
    a.format === b.format &&
    a.description === b.description &&
    a.defaultFile === b.defaultFile &&
    names.length === Object.keys(b.files).length &&
    names.every((name) => a.files[name] === b.files[name])
  );
}

const KEY = 'bootbench-draft:';
const Stored = z.object({ base: Content, mine: Content });

/** Drafts outlive leaving the view and a reload of this tab; when the browser's store is full they live in the page only. */
export function storeDraft(name: string, draft: Draft): void {
  kept.set(name, draft);
  try {
    if (isChanged(draft)) sessionStorage.setItem(KEY + name, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY + name);
  } catch {
    sessionStorage.removeItem(KEY + name);
  }
}

const kept = new Map<string, Draft>();

export function storedDraft(name: string): Draft | undefined {
  const inPage = kept.get(name);
  if (inPage) return isChanged(inPage) ? inPage : undefined;
  try {
    const parsed = Stored.safeParse(JSON.parse(sessionStorage.getItem(KEY + name) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function dropDraft(name: string): void {
  kept.delete(name);
  sessionStorage.removeItem(KEY + name);
}
