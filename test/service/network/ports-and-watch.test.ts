import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { deviceSockets } from '../../../main-services/network/device-socket.ts';
import { firewallCheck } from '../../../main-services/network/firewall.ts';
import { libc } from '../../../main-services/network/libc.ts';
import { listNics } from '../../../main-services/network/nics.ts';
import { portFacts } from '../../../main-services/preflight/port-facts.ts';
import { offerAddress } from '../../../main-services/network/set-address.ts';
import { watchNic } from '../../../main-services/network/watch.ts';
import { runCommand } from '../../../main-services/network/run-command.ts';

const sockets = deviceSockets({ log: silentLog });
const LO = (await listNics()).find((nic) => nic.loopback)!;

describe('on this computer', () => {
  it('lo is listed with its address', () => {
    expect(LO).toMatchObject({ name: 'lo', up: true, carrier: true, loopback: true, wireless: false, defaultRoute: false });
    expect(LO.addresses).toContainEqual({ address: '127.0.0.1', netmask: '255.0.0.0', linkLocal: false });
    expect(LO.mtu).toBeGreaterThan(1499);
  });

  it.runIf(process.platform !== 'win32')('the system numbers ports as the list does', async () => {
    const library = await libc();
    expect(library.interfaceIndex('lo')).toBe(LO.index);
    expect(library.interfaceIndex('nosuchport0')).toBe(0);
  });

  it('ports are told free, ours and held, and stay free after the look', async () => {
    const holder = createServer();
    const held = await sockets.listen(holder, LO, 0);
    const look = () =>
      portFacts(sockets, LO, [
        { service: 'http', protocol: 'tcp', port: held, own: false },
        { service: 'http', protocol: 'tcp', port: held, own: true },
        { service: 'tftp', protocol: 'udp', port: held, own: false },
      ]);
    for (const facts of [await look(), await look()]) {
      expect(facts.map((fact) => fact.state.kind)).toEqual(['in-use', 'own', 'free']);
      expect(facts[0]!.state).toMatchObject({ message: expect.stringContaining(`pid ${process.pid}`) as string });
    }
    holder.close();
  });

  it('the firewall answer has a state and a sentence', async () => {
    const check = await firewallCheck({ nic: 'lo', udp: [67], tcp: [7080] });
    expect(check.id).toBe('firewall');
    expect(check.message).toMatch(/\.$/);
  });

  it('an address is offered for a port, and not for an unknown one', async () => {
    const offer = await offerAddress('lo');
    expect(offer.command).toContain(`${offer.address}/${offer.prefix}`);
    await expect(offerAddress('nosuchport0')).rejects.toMatchObject({ code: 'E_NIC_UNKNOWN' });
  });

  it('a watched NIC is told at once; one that is not there is told as gone', async () => {
    const first = (name: string): Promise<Nic | undefined> =>
      new Promise((resolve) => {
        const stop = watchNic(name, {
          clock: systemClock,
          onChange: (nic) => {
            stop();
            resolve(nic);
          },
        });
      });
    expect((await first('lo'))?.name).toBe('lo');
    expect(await first('nosuchport0')).toBeUndefined();
  });
});

describe('a command', () => {
  it('that is not installed is not found; one that fails is', async () => {
    expect(await runCommand(['bootbench-no-such-program'])).toMatchObject({ ok: false, notFound: true });
    expect(await runCommand([process.execPath, '-e', 'process.exit(3)'])).toMatchObject({ ok: false, notFound: false });
    expect(await runCommand([process.execPath, '-e', 'console.log(1)'])).toEqual({ ok: true, output: '1\n' });
  });
});
