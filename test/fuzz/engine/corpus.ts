/** An input and everything that it reaches. */
export interface Reached {
  readonly input: Uint8Array;
  readonly features: readonly number[];
}

export interface CorpusLimit {
  readonly files: number;
  readonly bytes: number;
}

/** What a corpus in the repository may have for one target. */
export const KEPT: CorpusLimit = { files: 60, bytes: 64 * 1024 };

/**
 * The few inputs that reach what all of them reach, within the limit: always the next one with the most features that none before it has,
 * a shorter one first.
 */
export function smallest(all: readonly Reached[], limit: CorpusLimit = { files: Infinity, bytes: Infinity }): Reached[] {
  const missing = new Set(all.flatMap(({ features }) => features));
  const left = all.map((reached) => ({ ...reached, gain: reached.features.length }));
  const kept: Reached[] = [];
  let bytes = 0;
  while (missing.size > 0 && kept.length < limit.files && left.length > 0) {
    const best = takeBest(left, missing);
    if (!best || best.gain === 0) break;
    if (bytes + best.input.length > limit.bytes) continue;
    bytes += best.input.length;
    kept.push({ input: best.input, features: best.features });
    for (const feature of best.features) missing.delete(feature);
  }
  return kept;
}

interface Candidate extends Reached {
  gain: number;
}

/** Gains only become smaller, so an old gain that is not the best need not be counted again. */
function takeBest(left: Candidate[], missing: ReadonlySet<number>): Candidate | undefined {
  left.sort((a, b) => b.gain - a.gain || a.input.length - b.input.length);
  for (let at = 0; at < left.length; at += 1) {
    const candidate = left[at];
    if (!candidate) break;
    candidate.gain = candidate.features.filter((feature) => missing.has(feature)).length;
    const next = left[at + 1];
    if (!next || candidate.gain >= next.gain) return left.splice(at, 1)[0];
  }
  left.sort((a, b) => b.gain - a.gain);
  return left.shift();
}
