import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Transcript } from '../../../../contract/console.ts';
import {
  byTime,
  fileName,
  folderOf,
  idOf,
  nextIdTime,
  parseFileName,
  parseId,
} from '../../../../main-services/console/transcript/names.ts';

const NAME = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);

it.each([
  ['node-1', 'node-1'],
  ['Node-A', '=node-=a'],
  ['con', '==con'],
  ['NUL', '===n=u=l'],
  ['com1', '==com1'],
  ['lpt9.rack.lab', '==lpt9.rack.lab'],
  ['console', 'console'],
  ['com1-a', 'com1-a'],
])('has a folder for %s that every file system can have', (host, folder) => {
  expect(folderOf(host)).toBe(folder);
});

it('gives each host a folder of its own, also where case is ignored', () => {
  const sameLetters = fc.stringMatching(/^[aA][aA.]{0,3}[aA]$/);
  fc.assert(
    fc.property(fc.oneof(NAME, sameLetters), fc.oneof(NAME, sameLetters), (a, b) => {
      expect(folderOf(a)).toBe(folderOf(a).toLowerCase());
      expect(folderOf(a) === folderOf(b)).toBe(a === b);
    }),
  );
});

it('reads what is in an ID', () => {
  const second = Date.UTC(2026, 10, 29, 6, 38, 11) / 1000;
  expect(idOf({ second, count: 1 }, 'fedora-43')).toBe('20261129T063811Z-fedora-43');
  expect(parseId('20261129T063811Z-fedora-43')).toEqual({ second, count: 1, image: 'fedora-43' });
  expect(idOf({ second, count: 2 }, undefined)).toBe('20261129T063811Z_2');
  expect(parseId('20261129T063811Z_2')).toEqual({ second, count: 2, image: undefined });
  expect(parseId('../../etc/passwd')).toBeUndefined();
});

it('reads its own names, and they are IDs of the contract', () => {
  const time = fc.record({ second: fc.integer({ min: 0, max: 4_000_000_000 }), count: fc.integer({ min: 1, max: 99_999 }) });
  fc.assert(
    fc.property(time, fc.option(NAME, { nil: undefined }), fc.nat(), fc.constantFrom('log', 'times'), (at, image, base, kind) => {
      const id = idOf(at, image);
      expect(parseId(id)).toEqual({ ...at, image });
      expect(Transcript.shape.id.safeParse(id).success).toBe(true);
      expect(parseFileName(fileName(id, base, kind))).toEqual({ id, base, kind });
    }),
  );
});

it('names later transcripts later, also after the clock was set back', () => {
  const clock = fc.array(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_009_000 }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(clock, (nows) => {
      let newest = nextIdTime(nows[0] ?? 0, undefined);
      for (const now of nows) {
        const next = nextIdTime(now, newest);
        expect(byTime(next, newest)).toBeGreaterThan(0);
        newest = next;
      }
    }),
  );
});
