import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  afterStart,
  PARTIAL_MAX_AGE_MS,
  RESERVED_BYTES,
  measure,
  missingSpace,
  type ImportSource,
  type ImportPlan,
  type StalePartial,
  type ImportStatus,
} from '../../../../main-services/inventory/imports/state.ts';

const PATH = { type: 'path', path: '/media/a.iso', mtimeMs: 1000 } as const;
const UPLOAD = { type: 'upload', id: 'a.iso:100:5' } as const;
const plan = (more: Partial<ImportPlan> = {}): ImportPlan => ({
  id: 'plan',
  name: 'a',
  size: 100,
  origin: UPLOAD,
  bootConfigs: [],
  startedAt: 0,
  ...more,
});
const idle = (received: number, more: Partial<ImportPlan> = {}): ImportStatus => ({ plan: plan(more), received, activity: 'idle' });
const feed = (more: Partial<ImportSource> = {}): ImportSource => ({ name: 'a', size: 100, origin: UPLOAD, start: 0, ...more });
const FREE = { image: false, file: false };

describe('whether a feed may begin or go on', () => {
  const refused = (code: string, offset?: number): object => ({ kind: 'refused', code, ...(offset !== undefined && { offset }) });
  it.each<[string, ImportStatus | undefined, ImportSource, { image: boolean; file: boolean }, object]>([
    ['nothing is there: begins', undefined, feed(), FREE, { kind: 'start' }],
    ['nothing is there, range in the middle: offset 0', undefined, feed({ start: 7 }), FREE, refused('E_UPLOAD_OFFSET', 0)],
    ['the range meets the partial: goes on', idle(40), feed({ start: 40 }), FREE, { kind: 'continue', from: 40 }],
    ['the range leaves a hole', idle(40), feed({ start: 41 }), FREE, refused('E_UPLOAD_OFFSET', 40)],
    ['the range overlaps', idle(40), feed({ start: 39 }), FREE, refused('E_UPLOAD_OFFSET', 40)],
    ['the range begins anew over the same file', idle(40), feed({ start: 0 }), FREE, refused('E_UPLOAD_OFFSET', 40)],
    ['the whole again: begins anew', idle(40), feed({ whole: true }), FREE, { kind: 'start' }],
    ['another size from byte 0: begins anew', idle(40), feed({ size: 101 }), FREE, { kind: 'start' }],
    ['another size from the middle', idle(40), feed({ size: 101, start: 40 }), FREE, refused('E_UPLOAD_OFFSET', 0)],
    ['another id of one size', idle(40), feed({ start: 40, origin: { type: 'upload', id: 'b' } }), FREE, refused('E_UPLOAD_OFFSET', 0)],
    ['a path goes on', idle(40, { origin: PATH }), feed({ origin: PATH, start: undefined }), FREE, { kind: 'continue', from: 40 }],
    [
      'a path whose time changed begins anew',
      idle(40, { origin: PATH }),
      feed({ origin: { ...PATH, mtimeMs: 1001 }, start: undefined }),
      FREE,
      { kind: 'start' },
    ],
    ['a path does not go on with an upload', idle(40), feed({ origin: PATH, start: undefined }), FREE, { kind: 'start' }],
    ['all of it is there', idle(100, { origin: PATH }), feed({ origin: PATH, start: undefined }), FREE, { kind: 'continue', from: 100 }],
    ['it is being received', { ...idle(40), activity: 'receiving' }, feed({ start: 40 }), FREE, refused('E_EXISTS')],
    ['it is being checked', { ...idle(100), activity: 'landing' }, feed(), FREE, refused('E_EXISTS')],
    ['the image exists', undefined, feed(), { image: true, file: true }, refused('E_EXISTS')],
    ['a file of nobody lies there', undefined, feed(), { image: false, file: true }, refused('E_EXISTS')],
    ['a file of nobody came beside the partial', idle(40), feed({ start: 40 }), { image: false, file: true }, refused('E_EXISTS')],
  ])('%s', (_sentence, standing, fed, taken, expected) => {
    expect(admit(standing, fed, taken)).toMatchObject(expected);
  });

  it('never lets a byte be skipped or written twice', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (received, start) => {
        const admission = admit(idle(received), feed({ start }), FREE);
        if (admission.kind === 'continue') expect(start).toBe(received);
        if (admission.kind === 'start') expect([start, received]).toEqual([0, 0]);
        if (admission.kind === 'refused') expect(admission.offset).toBe(received);
      }),
    );
  });
});

describe('what is missing on the disk', () => {
  it.each([
    ['enough', 100, RESERVED_BYTES + 100, 0],
    ['one byte short', 100, RESERVED_BYTES + 99, 1],
    ['nothing free', 100, 0, RESERVED_BYTES + 100],
    ['nothing more needed', 0, 0, 0],
  ])('%s', (_sentence, needed, free, missing) => {
    expect(missingSpace(needed, free)).toBe(missing);
  });
});

describe('what an earlier run of the program left', () => {
  const OLD = PARTIAL_MAX_AGE_MS + 1;
  const left = (more: Partial<StalePartial>): StalePartial => ({
    landed: false,
    removing: false,
    imageExists: false,
    fileInUse: false,
    sourceSame: false,
    ageMs: 0,
    ...more,
  });
  it.each<[string, Partial<StalePartial>, string]>([
    ['a young upload is kept', { plan: plan(), partial: 40 }, 'keep'],
    ['an old upload is removed', { plan: plan(), partial: 40, ageMs: OLD }, 'remove-partial'],
    ['a partial without a plan is kept for a while', { partial: 40 }, 'keep'],
    ['an old partial without a plan is removed', { partial: 40, ageMs: OLD }, 'remove-partial'],
    ['a note alone that is old is removed', { plan: plan(), ageMs: OLD }, 'remove-partial'],
    [
      'a path that is still the same goes on, however old',
      { plan: plan({ origin: PATH }), partial: 40, sourceSame: true, ageMs: OLD },
      'resume',
    ],
    ['a path that went away is kept for a while', { plan: plan({ origin: PATH }), partial: 40 }, 'keep'],
    ['a path that went away long ago is removed', { plan: plan({ origin: PATH }), partial: 40, ageMs: OLD }, 'remove-partial'],
    ['all bytes are there: lands', { plan: plan(), partial: 100 }, 'land'],
    ['it landed but is no image yet: lands again', { plan: plan(), landed: true }, 'land'],
    ['the image is there, the note too', { plan: plan(), landed: true, imageExists: true, fileInUse: true }, 'forget'],
    ['another image took the name', { plan: plan(), landed: true, imageExists: true }, 'remove-image-file'],
    ['another image took the name of a partial', { plan: plan(), partial: 40, imageExists: true }, 'remove-partial'],
    ['the image was removed, its file not yet', { removing: true }, 'remove-image-file'],
    ['the removal did not come to pass', { removing: true, imageExists: true, fileInUse: true }, 'forget'],
  ])('%s', (_sentence, more, expected) => {
    expect(afterStart(left(more))).toBe(expected);
  });
});

describe('the rate', () => {
  it('is unknown at first, then bytes per second, smoothed', () => {
    const first = measure(undefined, 0, 0);
    expect(first.rate).toBeUndefined();
    const second = measure(first, 1000, 5_000_000);
    expect(second.rate).toBe(5_000_000);
    expect(measure(second, 1100, 9_000_000)).toBe(second);
    expect(measure(second, 2000, 15_000_000).rate).toBe(7_000_000);
  });
  it('begins anew when fewer bytes are there', () => {
    expect(measure({ at: 0, done: 50, rate: 9 }, 1000, 10)).toEqual({ at: 1000, done: 10, rate: undefined });
  });
});
