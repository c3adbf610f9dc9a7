import type { Image } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import { proposeName, refusalOf } from './image-names.ts';
import type { ImportItem, ImportSource } from './import-item.ts';
import { emptyFile, tooManyFiles } from './labels.ts';
import type { UnfinishedUpload } from './unfinished-uploads.ts';

/** What was dropped, chosen or opened, with the name that it gets in the library. */
export interface Proposal {
  readonly id: string;
  readonly source: ImportSource;
  readonly name: string;
  /** An earlier upload of this file under this name is continued. */
  readonly continues: boolean;
}

export interface KnownImports {
  readonly images: ByName<Image>;
  readonly items: readonly ImportItem[];
  readonly proposals: readonly Proposal[];
  readonly refusals: readonly string[];
  readonly unfinished: readonly UnfinishedUpload[];
}

/** So many can be looked through, and typed names be compared. */
export const MAX_PROPOSALS = 1000;

/** The former proposals and refusals with those for `sources`, each file once; `refusals` are sentences about files that are not added. */
export function propose(sources: readonly ImportSource[], known: KnownImports): { proposals: Proposal[]; refusals: string[] } {
  const proposals = [...known.proposals];
  const refusals = new Set(known.refusals);
  const ids = new Set(proposals.map(({ id }) => id));
  let tooMany = 0;
  for (const source of sources) {
    const refusal = source.problem ?? (source.size === 0 ? emptyFile(source.fileName) : refusalOf(source.fileName));
    if (refusal !== undefined) refusals.add(refusal);
    else if (ids.has(source.id)) continue;
    else if (proposals.length === MAX_PROPOSALS) tooMany += 1;
    else {
      ids.add(source.id);
      proposals.push(proposalFor(source, { ...known, proposals }));
    }
  }
  const sentence = tooMany > 0 ? [tooManyFiles(tooMany, MAX_PROPOSALS)] : [];
  return { proposals, refusals: [...sentence, ...refusals] };
}

function proposalFor(source: ImportSource, { images, items, proposals, unfinished }: KnownImports): Proposal {
  const { id, fileName } = source;
  const earlier = unfinished.find((upload) => upload.id === id && !(upload.name in images));
  const isTaken = (name: string): boolean =>
    name in images ||
    proposals.some((proposal) => proposal.name === name) ||
    items.some((item) => item.name === name && item.state !== 'done');
  return { id, source, name: earlier?.name ?? proposeName(fileName, isTaken), continues: earlier !== undefined };
}
