import { describe, expect, it } from 'vitest';
import { SolLink, type SolReport } from '../../../../main-services/bmc/ipmi/wire/sol-link.ts';
import { decodeSol, SOL_OPERATION, type SolFromBmc } from '../../../../main-services/bmc/ipmi/wire/sol-packet.ts';
import { SOL_TIMING } from '../../../../main-services/bmc/ipmi/wire/sol-timing.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

const packet = (part: Partial<SolFromBmc>): SolFromBmc => ({
  sequence: 0,
  acknowledged: 0,
  accepted: 0,
  characters: new Uint8Array(),
  ...{ nack: false, unavailable: false, deactivating: false, overrun: false, breakDetected: false },
  ...part,
});

function linkWith({ most = 4, room = 8, answers = false } = {}) {
  const clock = new TestClock();
  const sent: (SolFromBmc & { operation: number })[] = [];
  const ended: string[] = [];
  const reports: SolReport[] = [];
  let text = '';
  const link = new SolLink({
    clock,
    mostCharacters: most,
    room,
    events: {
      send: (payload) => sent.push({ ...decodeSol(payload)!, operation: payload[3]! }),
      data: (characters) => (text += Buffer.from(characters).toString()),
      report: (what) => reports.push(what),
      check: () => Promise.resolve(answers),
      ended: (reason) => ended.push(reason),
    },
  });
  return { clock, link, sent, ended, reports, text: () => text };
}

const [FIRST_WAIT_MS = 0, SECOND_WAIT_MS = 0] = SOL_TIMING.waits;
const [REFUSED_MS, MOST_REFUSED_MS] = SOL_TIMING.refused;
const textOf = ({ characters }: SolFromBmc): string => Buffer.from(characters).toString();
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

  it('that were sent more than once are followed by others only when their copies have arrived', () => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('ab'));
    clock.advance(FIRST_WAIT_MS);
    link.receive(packet({ acknowledged: 1, accepted: 2 }));
    void link.write(Buffer.from('c'));
    clock.advance(SOL_TIMING.settle - 1);
    expect(sent.map(textOf)).toEqual(['ab', 'ab']);
    clock.advance(1);
    expect(sent.map(textOf)).toEqual(['ab', 'ab', 'c']);
  });

  it.each([
    ['refuses them', { nack: true, unavailable: true }],
    ['takes none of them', {}],
  ])('are offered again later where the BMC %s, and more and more seldom', (_case, status) => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('ab'));
    const refuse = (): void => link.receive(packet({ acknowledged: sent.at(-1)!.sequence, accepted: 0, ...status }));
    refuse();
    expect(sent).toHaveLength(1);
    void link.write(Buffer.from('c'));
    expect(sent).toHaveLength(1);
    clock.advance(REFUSED_MS);
    expect(sent.map(textOf)).toEqual(['ab', 'ab']);
    for (let times = 0; times < 20; times++) {
      refuse();
      clock.advance(MOST_REFUSED_MS);
    }
    refuse();
    const before = sent.length;
    clock.advance(MOST_REFUSED_MS - 1);
    expect(sent).toHaveLength(before);
    clock.advance(1);
    expect(sent.map(textOf).at(-1)).toBe('ab');
  });

  it('that a BMC takes some of before it is full are continued soon', () => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('abcd'));
    link.receive(packet({ acknowledged: 1, accepted: 3, nack: true }));
    clock.advance(REFUSED_MS);
    expect(sent.map(textOf)).toEqual(['abcd', 'd']);
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

  it('count as taken where the BMC answers everything but a packet that comes again; five times in a row it is gone', async () => {
    const { link, clock, sent, reports, ended } = linkWith({ answers: true });
    const first = link.write(Buffer.from('a'));
    const rest = link.write(Buffer.from('bbbbccccddddeeee'));
    rest.catch(() => undefined);
    const untilPresumed = async (): Promise<void> => {
      for (const wait of [...SOL_TIMING.waits.slice(0, 8), SOL_TIMING.settle]) {
        clock.advance(wait);
        await settle();
      }
    };
    await untilPresumed();
    await first;
    expect([reports, ended, sent.map(textOf).at(-1)]).toEqual([['unacknowledged'], [], 'bbbb']);
    for (let times = 0; times < 3; times++) await untilPresumed();
    expect(ended).toEqual([]);
    await untilPresumed();
    expect(ended).toEqual(['silent']);
    await expect(rest).rejects.toThrow();
  });

  it('a break goes in order with them, and again where it was refused', async () => {
    const { link, sent, clock } = linkWith();
    void link.write(Buffer.from('a'));
    const done = link.sendBreak();
    link.receive(packet({ acknowledged: 1, accepted: 1 }));
    expect(sent.at(-1)).toMatchObject({ sequence: 2, operation: SOL_OPERATION.generateBreak });
    link.receive(packet({ acknowledged: 2, accepted: 0, nack: true }));
    clock.advance(REFUSED_MS);
    expect(sent.at(-1)).toMatchObject({ sequence: 3, operation: SOL_OPERATION.generateBreak });
    link.receive(packet({ acknowledged: 3, accepted: 0 }));
    await done;
  });

  it('none at all need no packet', async () => {
    const { link, sent } = linkWith();
    await link.write(new Uint8Array());
    expect(sent).toEqual([]);
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

  it('the end is reported once', () => {
    const { link, ended } = linkWith();
    link.receive(packet({ deactivating: true }));
    link.receive(packet({ deactivating: true }));
    expect(ended).toEqual(['deactivated']);
  });
});

describe('a paused link', () => {
  const output = (sequence: number, text: string): SolFromBmc => packet({ sequence, characters: Buffer.from(text) });

  it('acknowledges and holds output, and delivers it in order', () => {
    const { link, sent, text } = linkWith();
    link.receive(output(1, 'a'));
    link.pause();
    link.receive(output(2, 'bc'));
    link.receive(output(2, 'bcd'));
    expect([text(), sent.at(-1)]).toMatchObject(['a', { acknowledged: 2, accepted: 3, operation: 0 }]);
    link.resume();
    link.receive(output(3, 'e'));
    expect(text()).toBe('abcde');
  });

  it('refuses what it has no room for, a little later, and takes it after that', () => {
    const { link, sent, text, clock, reports } = linkWith({ room: 4 });
    link.pause();
    link.receive(output(1, 'abc'));
    sent.length = 0;
    for (let times = 0; times < 3; times++) link.receive(output(2, 'de'));
    expect(sent).toEqual([]);
    clock.advance(SOL_TIMING.hold);
    expect(sent).toMatchObject([{ acknowledged: 2, accepted: 0, operation: SOL_OPERATION.nack }]);
    link.resume();
    expect([text(), sent.at(1)]).toMatchObject(['abc', { acknowledged: 2, accepted: 0, operation: 0 }]);
    clock.advance(FIRST_WAIT_MS);
    expect(sent.filter(({ acknowledged, operation }) => acknowledged === 2 && operation === 0)).toHaveLength(2);
    link.receive(output(2, 'de'));
    expect([text(), sent.at(-1), reports]).toMatchObject(['abcde', { acknowledged: 2, accepted: 2 }, []]);
    const before = sent.length;
    clock.advance(60_000);
    expect(sent).toHaveLength(before);
  });

  it('hears acknowledgements and the end that come with output', async () => {
    const { link, text, ended } = linkWith();
    const written = link.write(Buffer.from('x'));
    link.pause();
    link.receive(packet({ sequence: 1, characters: Buffer.from('out'), acknowledged: 1, accepted: 1 }));
    await written;
    link.receive(packet({ sequence: 2, characters: Buffer.from('put'), deactivating: true }));
    expect([text(), ended]).toEqual(['output', ['deactivated']]);
  });
});

describe('what is reported', () => {
  it('a machine that cannot take characters: when it begins and when it ends', () => {
    const { link, reports, clock } = linkWith();
    void link.write(Buffer.from('ab'));
    link.receive(packet({ acknowledged: 1, nack: true, unavailable: true }));
    clock.advance(REFUSED_MS);
    link.receive(packet({ acknowledged: 2, nack: true, unavailable: true }));
    expect(reports).toEqual(['unavailable']);
    clock.advance(MOST_REFUSED_MS);
    link.receive(packet({ acknowledged: 3, accepted: 2 }));
    expect(reports).toEqual(['unavailable', 'available']);
  });

  it('an overrun and a break, not again for a repeated packet', () => {
    const { link, reports } = linkWith();
    for (let times = 0; times < 2; times++) link.receive(packet({ sequence: 1, overrun: true, breakDetected: true }));
    link.receive(packet({ sequence: 2 }));
    link.receive(packet({ breakDetected: true }));
    expect(reports).toEqual(['overrun', 'break', 'break']);
  });

  it.each([
    [[14, 15, 1, 2], []],
    [[3, 5], ['skipped']],
    [[14, 2], ['skipped']],
    [[9], []],
    [[5, 1], []],
  ])('output that never came: packets %j', (sequences, expected) => {
    const { link, reports } = linkWith();
    for (const sequence of sequences) link.receive(packet({ sequence, characters: Buffer.from('x') }));
    expect(reports).toEqual(expected);
  });
});
