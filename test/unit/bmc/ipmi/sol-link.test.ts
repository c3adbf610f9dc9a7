import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SolLink, SOL_TIMING } from '../../../../main-services/bmc/ipmi/wire/sol-link.ts';
import { decodeSol, type SolFromBmc } from '../../../../main-services/bmc/ipmi/wire/sol-packet.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

const packet = (part: Partial<SolFromBmc>): SolFromBmc => ({
  sequence: 0,
  acknowledged: 0,
  accepted: 0,
  characters: new Uint8Array(),
  ...{ nack: false, unavailable: false, deactivating: false, overrun: false, breakDetected: false },
  ...part,
});

function linkWith(mostCharacters = 4) {
  const clock = new TestClock();
  const sent: SolFromBmc[] = [];
  const ended: string[] = [];
  let text = '';
  let overruns = 0;
  const link = new SolLink({
    clock,
    mostCharacters,
    events: {
      send: (payload) => sent.push(decodeSol(payload)!),
      data: (characters) => (text += Buffer.from(characters).toString()),
      overrun: () => overruns++,
      ended: (reason) => ended.push(reason),
    },
  });
  return { clock, link, sent, ended, text: () => text, overruns: () => overruns };
}

const [FIRST_WAIT_MS = 0, SECOND_WAIT_MS = 0] = SOL_TIMING.waits;
const textOf = ({ characters }: SolFromBmc): string => Buffer.from(characters).toString();

describe('characters to the BMC', () => {
  it('go in packets of its size, the next one when the last was taken', async () => {
    const { link, sent } = linkWith();
    const written = link.write(Buffer.from('abcdef'));
    expect(sent.map(textOf)).toEqual(['abcd']);
    link.receive(packet({ acknowledged: 1, accepted: 4 }));
    expect(sent.map(textOf)).toEqual(['abcd', 'ef']);
    link.receive(packet({ acknowledged: 2, accepted: 2 }));
    await written;
  });

  it('that were not taken go again in the next packet', () => {
    const { link, sent } = linkWith();
    void link.write(Buffer.from('abcd'));
    link.receive(packet({ acknowledged: 1, accepted: 1 }));
    expect(sent.map(({ sequence, ...rest }) => [sequence, textOf({ sequence, ...rest })])).toEqual([
      [1, 'abcd'],
      [2, 'bcd'],
    ]);
  });

  it('are sent again until they are acknowledged, with the same number', () => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('a'));
    clock.advance(FIRST_WAIT_MS);
    expect(sent.map(({ sequence }) => sequence)).toEqual([1, 1]);
    link.receive(packet({ acknowledged: 2, accepted: 1 }));
    clock.advance(SECOND_WAIT_MS);
    expect(sent).toHaveLength(3);
  });

  it('are offered again a little later where the BMC refuses them', () => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('ab'));
    link.receive(packet({ acknowledged: 1, accepted: 0, nack: true, unavailable: true }));
    expect(sent).toHaveLength(1);
    clock.advance(SOL_TIMING.refusedAfter);
    expect(sent.map(textOf)).toEqual(['ab', 'ab']);
  });

  it('fail when the BMC is silent, once', async () => {
    const { link, clock, ended } = linkWith();
    const written = link.write(Buffer.from('a'));
    const second = link.write(Buffer.from('b'));
    clock.advance(SOL_TIMING.waits.reduce((sum, wait) => sum + wait, 0));
    await expect(written).rejects.toThrow();
    await expect(second).rejects.toThrow();
    expect(ended).toEqual(['silent']);
    await expect(link.write(Buffer.from('c'))).rejects.toThrow();
  });

  it('a break goes in order with them', async () => {
    const { link, sent } = linkWith();
    void link.write(Buffer.from('a'));
    const done = link.sendBreak();
    link.receive(packet({ acknowledged: 1, accepted: 1 }));
    expect(sent.at(-1)).toMatchObject({ sequence: 2 });
    link.receive(packet({ acknowledged: 2, accepted: 0 }));
    await done;
  });
});

describe('characters from the BMC', () => {
  it('are delivered once, and acknowledged each time', () => {
    const { link, sent, text } = linkWith();
    for (let times = 0; times < 2; times++) link.receive(packet({ sequence: 5, characters: Buffer.from('hi') }));
    expect(text()).toBe('hi');
    expect(sent).toMatchObject([
      { sequence: 0, acknowledged: 5, accepted: 2 },
      { sequence: 0, acknowledged: 5, accepted: 2 },
    ]);
  });

  it('that a repeated packet has in addition are delivered', () => {
    const { link, text } = linkWith();
    link.receive(packet({ sequence: 5, characters: Buffer.from('hi') }));
    link.receive(packet({ sequence: 5, characters: Buffer.from('hi there') }));
    link.receive(packet({ sequence: 6, characters: Buffer.from('!') }));
    expect(text()).toBe('hi there!');
  });

  it('a packet without any is acknowledged too (ipmi_sim repeats it otherwise)', () => {
    const { link, sent } = linkWith();
    link.receive(packet({ sequence: 1 }));
    expect(sent).toMatchObject([{ sequence: 0, acknowledged: 1, accepted: 0 }]);
  });

  it('lost ones are reported; the end is, once', () => {
    const { link, overruns, ended } = linkWith();
    link.receive(packet({ sequence: 1, overrun: true, characters: Buffer.from('x') }));
    link.receive(packet({ deactivating: true }));
    link.receive(packet({ deactivating: true }));
    expect([overruns(), ended]).toEqual([1, ['deactivated']]);
  });
});

/** The other side by the specification, for one packet in each direction at a time. */
class ModelBmc {
  received = '';
  #lastFrom = { sequence: 0, accepted: 0 };
  #sequence = 0;
  #outstanding: { sequence: number; text: string } | undefined;
  readonly #output: string[];
  readonly #most: number;

  constructor(output: string[], most: number) {
    this.#output = output;
    this.#most = most;
  }

  get isIdle(): boolean {
    return this.#output.length === 0 && this.#outstanding === undefined;
  }

  /** What it sends now: the outstanding packet again, or the next. */
  poll(): SolFromBmc | undefined {
    if (!this.#outstanding && this.#output.length > 0) {
      this.#sequence = (this.#sequence % 15) + 1;
      this.#outstanding = { sequence: this.#sequence, text: this.#output.shift()! };
    }
    return this.#outstanding && packet({ sequence: this.#outstanding.sequence, characters: Buffer.from(this.#outstanding.text) });
  }

  receive(sent: SolFromBmc): SolFromBmc | undefined {
    if (sent.acknowledged !== 0 && sent.acknowledged === this.#outstanding?.sequence) this.#outstanding = undefined;
    if (sent.sequence === 0) return undefined;
    if (sent.sequence !== this.#lastFrom.sequence) {
      const taken = textOf(sent).slice(0, this.#most);
      this.received += taken;
      this.#lastFrom = { sequence: sent.sequence, accepted: taken.length };
    }
    return packet({ acknowledged: sent.sequence, accepted: this.#lastFrom.accepted });
  }
}

describe('over a network that loses and repeats packets', () => {
  it('both directions are complete and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }), { maxLength: 40 }),
        fc.array(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.constantFrom('pass', 'pass', 'pass', 'lose', 'repeat')),
        (typed, printed, most, fates) => {
          const bmc = new ModelBmc([...printed], most);
          const { clock, link, sent, text, ended } = linkWith(7);
          const fate = (): string => fates.next().value as string;
          const times = (): number => ({ pass: 1, lose: 0, repeat: 2 })[fate()] ?? 1;
          for (const line of typed) link.write(Buffer.from(line)).catch(() => undefined);
          for (let rounds = 0; rounds < 5000; rounds++) {
            for (const one of sent.splice(0)) {
              for (let n = times(); n > 0; n--) {
                const reply = bmc.receive(one);
                if (reply) for (let m = times(); m > 0; m--) link.receive(reply);
              }
            }
            const out = bmc.poll();
            if (out) for (let n = times(); n > 0; n--) link.receive(out);
            clock.advance(150);
            if (bmc.isIdle && bmc.received.length === typed.join('').length) break;
          }
          expect(ended).toEqual([]);
          expect(bmc.received).toBe(typed.join(''));
          expect(text()).toBe(printed.join(''));
        },
      ),
      { numRuns: 150 },
    );
  });
});
