import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clock } from '../../../../contract/runtime.ts';
import { SolLink, type SolReport } from '../../../../main-services/bmc/ipmi/wire/sol-link.ts';
import { decodeSol } from '../../../../main-services/bmc/ipmi/wire/sol-packet.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';
import { TestSol } from '../../../fixtures/ipmi-bmc/test-bmc-sol.ts';

/** Milliseconds that each copy of a packet takes; no copy: it is lost. Later packets overtake earlier ones by less than `settle`. */
type Fate = readonly number[];
const delay = fc.integer({ min: 0, max: 45 });
const fateWith = (losses: number): fc.Arbitrary<Fate> =>
  fc.oneof(
    { weight: 80 - losses, arbitrary: fc.tuple(delay) },
    { weight: losses, arbitrary: fc.constant([]) },
    { weight: 20, arbitrary: fc.tuple(delay, delay) },
  );

/** One direction of the network under a session: each packet has a number of the session, which the other side reads. */
function direction(clock: Clock, next: () => Fate, accepts: (number: number) => boolean, arrive: (packet: Buffer) => void) {
  let sent = 0;
  return (packet: Uint8Array): void => {
    const number = ++sent;
    for (const ms of next()) {
      clock.after(ms, () => {
        if (accepts(number)) arrive(Buffer.from(packet));
      });
    }
  };
}

/** §6.12.13: each number once, and none that is far behind. */
function onceEach(): (number: number) => boolean {
  const seen = new Set<number>();
  return (number) => !seen.has(number) && seen.add(number).size > 0 && number > Math.max(...seen) - 16;
}

/** As our Session: the newest, and copies of it. */
function notOlder(): (number: number) => boolean {
  let newest = 0;
  return (number) => number >= newest && (newest = number) === number;
}

/** The BMC handles one packet after the other, and is slow at times: packets are sent again although they arrived. */
function oneByOne(clock: Clock, slowness: () => number): (work: () => void) => void {
  let free = 0;
  return (work) => {
    free = Math.max(free, clock.now()) + slowness();
    clock.after(free - clock.now(), work);
  };
}

interface Case {
  readonly typed: readonly string[];
  readonly printed: readonly string[];
  readonly takes: number;
  readonly isLikeOpenBmc: boolean;
  readonly pauses: readonly number[];
  /** Milliseconds per packet, in turn. */
  readonly slowness: readonly number[];
}

async function carried({ typed, printed, takes, isLikeOpenBmc, pauses, slowness }: Case, fates: Iterator<Fate>) {
  const clock = new TestClock();
  const next = (): Fate => fates.next().value as Fate;
  const bmc = new TestSol(clock);
  const got = { typed: '', printed: '' };
  const ended: string[] = [];
  const reports: SolReport[] = [];
  bmc.isLikeOpenBmc = isLikeOpenBmc;
  // OpenBMC takes a packet as a whole.
  if (!isLikeOpenBmc) bmc.takes = takes;
  bmc.onTyped = (characters) => (got.typed += characters.toString());
  let handled = 0;
  const queue = oneByOne(clock, () => slowness[handled++ % slowness.length]!);
  const toBmc = direction(clock, next, onceEach(), (payload) => queue(() => bmc.receive(link, payload)));
  const toUs = direction(clock, next, notOlder(), (payload) => link.receive(decodeSol(payload)!));
  const link = new SolLink({
    clock,
    mostCharacters: 7,
    room: 30,
    events: {
      send: toBmc,
      data: (characters) => (got.printed += Buffer.from(characters).toString()),
      report: (what) => reports.push(what),
      check: () => Promise.resolve(next().length > 0 && next().length > 0),
      ended: (reason) => ended.push(reason),
    },
  });
  bmc.activate(link, Buffer.of(1, 1, 0xc0), toUs);
  for (const text of typed) link.write(Buffer.from(text)).catch(() => undefined);
  for (const text of printed) bmc.print(Buffer.from(text));
  const wanted = { typed: typed.join(''), printed: printed.join('') };
  const isDone = (): boolean => got.typed.length >= wanted.typed.length && got.printed.length >= wanted.printed.length;
  for (let step = 0; step < 20_000 && !isDone() && ended.length === 0; step++) {
    if (step % 20 === 0) link[pauses.includes((step / 20) % 10) ? 'pause' : 'resume']();
    clock.advance(20);
    await Promise.resolve();
  }
  link.close();
  bmc.stop();
  return { got, wanted, ended, reports };
}

const texts = (maxLength: number) => fc.array(fc.string({ minLength: 1, maxLength, unit: 'grapheme-ascii' }), { maxLength: 40 });

it.each([
  ['as in the specification', false, 10],
  ['like OpenBMC', true, 5],
])(
  'SOL is complete and in order over loss, copies, changes of order and pauses: a BMC %s',
  async (_case, isLikeOpenBmc, losses) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          typed: texts(12),
          printed: texts(60),
          takes: fc.integer({ min: 1, max: 9 }),
          isLikeOpenBmc: fc.constant(isLikeOpenBmc),
          slowness: fc.array(fc.constantFrom(0, 0, 0, 80, 130), { minLength: 1, maxLength: 20 }),
          pauses: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
        }),
        fc.infiniteStream(fateWith(losses)),
        async (input, fates) => {
          const { got, wanted, ended, reports } = await carried(input, fates);
          // Seven losses in a row are read as a BMC that ignores copies.
          fc.pre(isLikeOpenBmc || !reports.includes('unacknowledged'));
          expect({ ...got, ended }).toEqual({ ...wanted, ended: [] });
          expect(reports.filter((what) => what !== 'unacknowledged')).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  },
  60_000,
);
