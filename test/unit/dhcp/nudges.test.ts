import type dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { silentLog, type Clock } from '../../../contract/runtime.ts';
import { Nudges } from '../../../main-services/dhcp/nudges.ts';
import type { Binding, DeviceSockets } from '../../../main-services/network/types.ts';

function opened(failsAt = Number.POSITIVE_INFINITY) {
  const sent: string[][] = [];
  const closed: number[] = [];
  let now = 0;
  const udp = (): Promise<dgram.Socket> => {
    const of = sent.push([]) - 1;
    if (of >= failsAt) return Promise.reject(new Error('EMFILE'));
    const socket = {
      send: (_bytes: Uint8Array, _port: number, ip: string) => sent[of]?.push(ip),
      close: () => closed.push(of),
    };
    return Promise.resolve(Object.assign(new EventEmitter(), socket) as unknown as dgram.Socket);
  };
  const clock = { monotonic: () => now } as Clock;
  const options = { binding: { nic: {} } as Binding, sockets: { udp } as unknown as DeviceSockets, clock, log: silentLog };
  return { nudges: Nudges.open(options), sent, closed, pass: (ms: number) => (now += ms) };
}

describe('nudges', () => {
  it('are shared among sockets, and bounded for the time in which addresses are resolved', async () => {
    const { nudges: opening, sent, pass } = opened();
    const nudges = await opening;
    for (let host = 0; host < 512; host += 1) expect(nudges.send(`10.0.${host >> 8}.${host & 255}`)).toBe(true);
    expect(sent.map(({ length }) => length)).toEqual([128, 128, 128, 128]);
    expect(nudges.send('10.0.9.9')).toBe(false);
    pass(2999);
    expect(nudges.send('10.0.9.9')).toBe(false);
    pass(1);
    expect(nudges.send('10.0.9.9')).toBe(true);
  });

  it('leave no socket behind where one cannot be opened', async () => {
    const { nudges, closed } = opened(2);
    await expect(nudges).rejects.toThrow('EMFILE');
    expect(closed).toEqual([0, 1]);
  });
});
