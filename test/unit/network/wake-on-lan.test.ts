import dgram from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { magicPacket, wakeOnLan } from '../../../main-services/network/wake-on-lan.ts';

describe('Wake-on-LAN', () => {
  it('a magic packet is six bytes of ones and the MAC sixteen times', () => {
    const packet = magicPacket('52:54:00:12:34:56');
    expect(packet).toHaveLength(102);
    expect(packet.subarray(0, 6)).toEqual(Buffer.alloc(6, 0xff));
    for (let at = 6; at < 102; at += 6) expect(packet.subarray(at, at + 6).toString('hex')).toBe('525400123456');
  });

  it('is broadcast three times for each MAC, from a socket that is closed afterwards', async () => {
    const sent: [Buffer, number, string][] = [];
    const socket = dgram.createSocket('udp4');
    socket.send = ((packet: Buffer, port: number, address: string, done: (error: Error | null) => void) => {
      sent.push([packet, port, address]);
      done(null);
    }) as typeof socket.send;
    const closed = once(socket, 'close');
    const asked: unknown[] = [];
    const sockets = {
      udp: (...args: unknown[]) => {
        asked.push(args);
        return Promise.resolve(socket);
      },
    };
    const nic = { name: 'enp3s0' } as Parameters<typeof wakeOnLan>[1];
    expect(await wakeOnLan(sockets, nic, ['52:54:00:12:34:56', '52:54:00:12:34:57'])).toBe('255.255.255.255 on enp3s0');
    await closed;
    expect(asked).toEqual([[nic, 0, { broadcast: true }]]);
    expect(sent.map(([packet, port, address]) => [packet.subarray(6, 12).toString('hex'), port, address])).toEqual(
      Array.from({ length: 3 }, () => ['525400123456', '525400123457'].map((mac) => [mac, 9, '255.255.255.255'])).flat(),
    );
  });

  it('needs a port to send from', async () => {
    await expect(wakeOnLan({ udp: () => Promise.reject(new Error()) }, undefined, [])).rejects.toMatchObject({ code: 'E_NIC_UNKNOWN' });
  });
});
