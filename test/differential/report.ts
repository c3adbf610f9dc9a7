import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Difference } from './compare.ts';
import { EXPLANATIONS, explanationOf } from './explanations.ts';
import type { ReaderName, Reading, Sample } from './types.ts';

/** How much one reader was compared with ours. */
interface ReaderCount {
  /** ISOs that it read, and ISOs that it refused. */
  read: number;
  refused: number;
  trees: number;
  entries: number;
  hashes: number;
}

const MOST_SHOWN = 40;

/** What a run has seen so far. */
export class Report {
  readonly #readers = new Map<ReaderName, ReaderCount>();
  readonly #makers = new Map<string, number>();
  readonly #explained = new Map<string, { differences: number; isos: Set<string>; example: string }>();
  readonly #unexplained: Difference[] = [];
  readonly #started = Date.now();
  #written = 0;
  #mutated = 0;
  #told = 0;

  add(sample: Sample, readings: readonly Reading[], differences: readonly Difference[]): void {
    if (sample.mutations.length > 0) this.#mutated += 1;
    else {
      this.#written += 1;
      const maker = sample.maker.split(/[ ,]/)[0]!;
      this.#makers.set(maker, (this.#makers.get(maker) ?? 0) + 1);
    }
    for (const reading of readings) this.#count(reading);
    for (const difference of differences) this.#sort(difference);
  }

  /** Lines of unexplained differences that were found since this was last called. */
  news(): string[] {
    const lines = this.#unexplained.slice(this.#told).map(lineOf);
    this.#told = this.#unexplained.length;
    return lines;
  }

  get unexplained(): number {
    return this.#unexplained.length;
  }

  #count({ reader, trees, refused }: Reading): void {
    const count = this.#readers.get(reader) ?? { read: 0, refused: 0, trees: 0, entries: 0, hashes: 0 };
    this.#readers.set(reader, count);
    if (refused === undefined) count.read += 1;
    else count.refused += 1;
    for (const tree of Object.values(trees)) {
      count.trees += 1;
      count.entries += tree.size;
      count.hashes += [...tree.values()].filter(({ sha256 }) => sha256 !== undefined).length;
    }
  }

  #sort(difference: Difference): void {
    const rule = explanationOf(difference);
    if (!rule) {
      this.#unexplained.push(difference);
      return;
    }
    const found = this.#explained.get(rule.id) ?? { differences: 0, isos: new Set(), example: lineOf(difference) };
    found.differences += 1;
    found.isos.add(difference.sample.path);
    this.#explained.set(rule.id, found);
  }

  /** A few numbers, for the report of a scenario. */
  facts(): Record<string, number> {
    const explained = [...this.#explained.values()].reduce((sum, { differences }) => sum + differences, 0);
    const entries = [...this.#readers].filter(([name]) => name !== 'ours').map(([name, count]) => [`entries by ${name}`, count.entries]);
    const numbers = { written: this.#written, 'with wrong bytes': this.#mutated, explained, unexplained: this.#unexplained.length };
    return { ...numbers, ...(Object.fromEntries(entries) as Record<string, number>) };
  }

  /** The report as JSON; `text` is for people. */
  json(): Record<string, unknown> {
    return {
      written: this.#written,
      mutated: this.#mutated,
      seconds: Math.round((Date.now() - this.#started) / 1000),
      makers: Object.fromEntries(this.#makers),
      readers: Object.fromEntries(this.#readers),
      explained: EXPLANATIONS.map(({ id, readers, reason }) => {
        const found = this.#explained.get(id);
        return { id, readers, reason, differences: found?.differences ?? 0, isos: found?.isos.size ?? 0, example: found?.example };
      }),
      unexplained: this.#unexplained.map((difference) => ({ line: lineOf(difference), ...asJson(difference) })),
    };
  }

  text(): string {
    const rows = [...this.#readers].map(
      ([name, { read, refused, trees, entries, hashes }]) =>
        `  ${name.padEnd(8)} ${read} ISOs read, ${refused} refused; ${trees} trees, ${entries} entries, ${hashes} contents`,
    );
    const rules = EXPLANATIONS.flatMap(({ id, reason }) => {
      const found = this.#explained.get(id);
      return found ? [`  ${id}: ${found.differences} in ${found.isos.size} ISOs. ${reason}`] : [];
    });
    const open = this.#unexplained.slice(0, MOST_SHOWN).map((difference) => `  ${lineOf(difference)}`);
    return [
      `${this.#written} ISOs as written (${[...this.#makers].map(([maker, count]) => `${maker} ${count}`).join(', ')}), ${this.#mutated} with wrong bytes,` +
        ` ${Math.round((Date.now() - this.#started) / 1000)} s`,
      ...rows,
      `Explained differences:`,
      ...rules,
      `Unexplained differences: ${this.#unexplained.length}`,
      ...open,
      ...reproduce(this.#unexplained),
      '',
    ].join('\n');
  }

  /** Writes both forms into a folder. */
  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(this.json(), undefined, 2)}\n`);
    writeFileSync(join(folder, 'report.txt'), this.text());
  }
}

function reproduce(differences: readonly Difference[]): string[] {
  const seeds = [...new Set(differences.map(({ sample }) => sample.seed))].slice(0, MOST_SHOWN);
  return seeds.map((seed) => `  npm run differential -- --isos 1 --seed ${seed}`);
}

function lineOf({ sample, readers, tree, path, field, ours, theirs, known }: Difference): string {
  const damaged =
    tree === 'iso' ? [] : (known?.damages.of(tree, path) ?? []).map(({ part, field: of, path: where }) => `${part} ${of} ${where}`);
  const wrong = sample.mutations.length > 0 ? ` [${sample.mutations.join('; ')}: ${[...new Set(damaged)].slice(0, 4).join(', ')}]` : '';
  return `seed ${sample.seed}${wrong} ${readers.join('+')} ${tree} ${field} ${JSON.stringify(path.slice(-120))}: ours ${ours}; theirs ${theirs} (${sample.maker})`;
}

function asJson({ sample, readers, tree, path, field, ours, theirs }: Difference): Record<string, unknown> {
  return { seed: sample.seed, maker: sample.maker, mutations: sample.mutations, readers, tree, path, field, ours, theirs };
}
