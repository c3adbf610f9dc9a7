import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopsOf, nestedFolders } from './loops.ts';
import { mutate } from './mutate.ts';
import { handMade, realOnes, type Base } from './mutation-bases.ts';
import { survive, type Tally } from './questions.ts';

const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;
const COUNT = 10_000;
const work = mkdtempSync(join(tmpdir(), 'bootbench-mutations-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('images with wrong bytes', () => {
  let bases: Base[];
  beforeAll(async () => {
    bases = [...(await handMade()), ...(mustHave ? await realOnes(work) : [])];
  }, 60_000);

  it('are unharmed ones first', { timeout: 60_000 }, async () => {
    for (const base of bases) {
      const tally = { answered: 0, refused: 0, slowest: 0 };
      await survive(base, { size: base.bytes.length, patches: [], what: base.name }, tally);
      expect(tally.answered, base.name).toBeGreaterThanOrEqual(8);
    }
  });

  it('lead nobody in a circle', { timeout: 120_000 }, async () => {
    const tally: Tally = { answered: 0, refused: 0, slowest: 0 };
    const nested = { ...bases[0]!, bytes: nestedFolders() };
    await survive(nested, { size: nested.bytes.length, patches: [], what: 'folders that lie in each other' }, tally);
    for (const base of bases) {
      for await (const { what, bytes } of loopsOf(base)) {
        await survive({ ...base, bytes }, { size: bytes.length, patches: [], what }, tally);
      }
    }
    expect(tally.answered).toBeGreaterThan(tally.refused);
  });

  it(`give a result or a refusal for every question, ${COUNT} times`, { timeout: 240_000 }, async () => {
    const round = bases.flatMap((base) => Array.from({ length: base.weight }, () => base));
    const tally: Tally = { answered: 0, refused: 0, slowest: 0 };
    for (let seed = 0; seed < COUNT; seed += 1) {
      const base = round[seed % round.length]!;
      await survive(base, mutate(base, seed), tally);
    }
    // Most mutants are still read by most: the mutations are not so rough that nobody gets past the first sector.
    expect(tally.answered).toBeGreaterThan(tally.refused);
    expect(tally.refused).toBeGreaterThan(COUNT / 20);
  });
});
