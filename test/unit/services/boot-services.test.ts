import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import type { ErrorCode } from '../../../contract/error-codes.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { BootServices, type BootServiceName } from '../../../main-services/supervisor/services.ts';
import type { BoundService } from '../../../main-services/network/types.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

const NIC: Nic = {
  name: 'lab0',
  mac: '02:00:00:00:00:01',
  index: 7,
  addresses: [{ address: '192.168.77.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
};
const WAITING = { message: 'lab0 has no link.' };

/** A service whose start can be made to fail, and that writes down what was done with it. */
class Part implements BoundService {
  readonly done: string[] = [];
  fails: ErrorCode | undefined;

  start(): Promise<{ port: number; message: string }> {
    this.done.push('start');
    return this.fails ? Promise.reject(new BootbenchError(this.fails, 'It did not start.')) : Promise.resolve({ port: 9, message: 'up' });
  }

  stop(): Promise<void> {
    this.done.push('stop');
    return Promise.resolve();
  }
}

let bench: DataFixture;
let parts: Record<BootServiceName, Part>;
let services: BootServices;
beforeEach(() => {
  bench = openData();
  parts = { dhcp: new Part(), tftp: new Part(), http: new Part(), iscsi: new Part() };
  services = new BootServices({
    services: parts,
    activity: bench.activity,
    clock: bench.clock,
    log: silentLog,
    proveBinding: () => Promise.resolve(),
    changed: () => undefined,
  });
});
afterEach(() => bench.dispose());

const state = (name: string) => services.statuses.find((status) => status.name === name)?.state;
const settle = () => services.exclusively(() => Promise.resolve());
const wait = async (ms: number) => {
  bench.clock.advance(ms);
  await settle();
};
const starts = (name: BootServiceName) => parts[name].done.filter((done) => done === 'start').length;

const YEAR = 365 * 86_400_000;

describe('the boot services', () => {
  it('start where the NIC is, once for one state of it', async () => {
    await services.follow(NIC, WAITING);
    await services.follow({ ...NIC, speed: 1000 }, WAITING);
    expect(parts.dhcp.done).toEqual(['start']);
    expect(state('dhcp')).toBe('ready');
  });

  it.each([
    ['carrier is lost', { ...NIC, carrier: false }],
    ['the NIC is removed', undefined],
    ['the address is 169.254', { ...NIC, addresses: [{ address: '169.254.3.4', netmask: '255.255.0.0', linkLocal: true }] }],
  ])('stop when %s, with the reason, and start again', async (_name, nic) => {
    await services.follow(NIC, WAITING);
    await services.follow(nic, WAITING);
    expect(parts.http.done).toEqual(['start', 'stop']);
    expect(services.statuses[0]).toMatchObject({ state: 'waiting', message: WAITING.message });
    await services.follow(NIC, WAITING);
    expect(state('http')).toBe('ready');
  });

  it('restart when the address or the adapter behind the name changes', async () => {
    await services.follow(NIC, WAITING);
    await services.follow({ ...NIC, index: 8 }, WAITING);
    expect(parts.tftp.done).toEqual(['start', 'stop', 'start']);
  });

  it('retry what failed every five seconds, and leave running services alone', async () => {
    parts.tftp.fails = 'E_PORT_IN_USE';
    await services.follow(NIC, WAITING);
    expect(services.statuses.find(({ name }) => name === 'tftp')).toMatchObject({ state: 'failed', error: { code: 'E_PORT_IN_USE' } });
    await wait(5000);
    expect([starts('tftp'), starts('http')]).toEqual([2, 1]);
    parts.tftp.fails = undefined;
    await wait(5000);
    expect(state('tftp')).toBe('ready');
    const failures = bench.activity.history({ limit: 50 }).filter(({ type }) => type === 'service.down');
    expect(failures.length).toBe(1);
  });

  it.each([-YEAR, YEAR])('b7: retry in the same time where the clock was set by %d ms', async (step) => {
    parts.dhcp.fails = 'E_DHCP_OTHER_SERVER';
    await services.follow(NIC, WAITING);
    bench.clock.step(step);
    for (let seconds = 5; seconds < 60; seconds += 5) await wait(5000);
    expect(starts('dhcp')).toBe(1);
    await wait(5000);
    expect(starts('dhcp')).toBe(2);
  });

  it('retry on a network with another DHCP server no more than once a minute', async () => {
    parts.dhcp.fails = 'E_DHCP_OTHER_SERVER';
    await services.follow(NIC, WAITING);
    for (let seconds = 5; seconds < 60; seconds += 5) await wait(5000);
    expect(starts('dhcp')).toBe(1);
    await wait(5000);
    expect(starts('dhcp')).toBe(2);
  });

  it('wait for the technician where only the settings help, and retry immediately when asked', async () => {
    parts.dhcp.fails = 'E_DHCP_POOL';
    await services.follow(NIC, WAITING);
    for (let seconds = 0; seconds < 300; seconds += 5) await wait(5000);
    expect(starts('dhcp')).toBe(1);
    parts.dhcp.fails = undefined;
    await services.retry();
    expect(state('dhcp')).toBe('ready');
  });

  it('keep DHCP and TFTP off where the binding leaks, and HTTP and iSCSI up', async () => {
    const leaking = new BootServices({
      services: parts,
      activity: bench.activity,
      clock: bench.clock,
      log: silentLog,
      proveBinding: () => Promise.reject(new BootbenchError('E_DEVICE_BIND', 'It leaks.')),
      changed: () => undefined,
    });
    await leaking.follow(NIC, WAITING);
    expect(leaking.statuses.map(({ name, state: each }) => `${name} ${each}`)).toEqual([
      'http ready',
      'tftp failed',
      'iscsi ready',
      'dhcp failed',
    ]);
    await leaking.stop();
  });
});
