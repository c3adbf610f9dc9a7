import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { leaseRows } from '../../../db/leases.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { ask } from './requests.ts';

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
});
afterAll(() => bench.stop());

const HOSTS = '/api/v1/baremetalhosts';
const post = (path: string, body: unknown) => ask(bench, path, { method: 'POST', body });
const patch = (path: string, spec: unknown) =>
  ask(bench, path, { method: 'PATCH', body: { spec }, headers: { 'Content-Type': 'application/merge-patch+json' } });
const object = (kind: string, name: string, spec: unknown) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, spec });

/** The objects of the seeds, in the seeds' order. */
async function seed(): Promise<void> {
  await post('/api/v1/bootconfigs', object('BootConfig', 'coreos-builder', { format: 'ignition', data: { 'config.ign': '{}' } }));
  await post('/api/v1/bootconfigs', object('BootConfig', 'builder-target', { format: 'ignition', data: { 'config.ign': '{}' } }));
  await post('/api/v1/bootconfigs', object('BootConfig', 'fedora-server', { format: 'kickstart', data: { 'ks.cfg': 'reboot' } }));
  await post(
    '/api/v1/iscsi-cdroms',
    object('ISCSICdrom', 'coreos-live', { isoFile: 'coreos-live.iso', readOnly: true, bootConfigs: ['coreos-builder', 'builder-target'] }),
  );
  await post(
    '/api/v1/iscsi-cdroms',
    object('ISCSICdrom', 'fedora', { isoFile: 'https://example.org/f.iso', bootConfigs: ['fedora-server'] }),
  );
}

const SERVER1 = object('BareMetalHost', 'server1', {
  bootMACAddress: 'AC:1F:6B:8A:A7:9C',
  ip: '192.168.10.10',
  image: 'coreos-live',
  bootConfigRef: 'coreos-builder',
  bmc: { address: '192.168.11.10', username: 'ADMIN', password: 'SECRET' },
});

describe('REST in the seeds’ shapes', () => {
  beforeAll(seed);

  it('takes the seeds’ BareMetalHost as it is written there, and never tells the password back', async () => {
    const answer = await post('/api/v1/namespaces/default/baremetalhosts', SERVER1);
    expect(answer.status).toBe(201);
    expect(answer.headers.warning).toBeUndefined();
    expect(answer.text).not.toContain('SECRET');
    expect(answer.json()).toMatchObject({
      apiVersion: 'v1',
      kind: 'BareMetalHost',
      metadata: { name: 'server1', namespace: 'default' },
      spec: {
        bootMACAddress: 'AC:1F:6B:8A:A7:9C',
        ip: '192.168.10.10',
        image: 'coreos-live',
        bootConfigRef: 'coreos-builder',
        bmc: { address: '192.168.11.10' },
      },
      status: { assignment: { state: 'armed' } },
    });
    expect((await ask(bench, `${HOSTS}/server1`)).text).not.toContain('SECRET');
  });

  it('names the iSCSI targets, and takes CHAP secrets that it never tells back', async () => {
    const host = `${HOSTS}/server1`;
    const change = (chap: unknown) => ask(bench, host, { method: 'PATCH', body: { spec: { iscsi: { chap } } } });
    const account = { username: 'bench', secret: 'abcdefghijkl', reverseUsername: 'us', reverseSecret: 'lkjihgfedcba' };
    const answer = await change(account);
    expect(answer.json()).toMatchObject({
      spec: { iscsi: { chap: { username: 'bench', reverseUsername: 'us' } } },
      status: { targetIQN: 'iqn.2026-11.dev.bootbench:ac-1f-6b-8a-a7-9c' },
    });
    for (const text of [answer.text, (await ask(bench, host)).text]) expect(text).not.toMatch(/abcdefghijkl|lkjihgfedcba/i);
    expect((await change({ secret: 'short' })).json()).toMatchObject({ code: 'E_BAD_INPUT' });
    expect((await change({ secret: 'lkjihgfedcba' })).json()).toMatchObject({ code: 'E_BAD_INPUT' });
    expect((await change({ secret: 'abcdefghijkm' })).status).toBe(200);
    expect((await change(null)).json()).toMatchObject({ spec: { iscsi: {} } });
    expect((await change({ username: 'bench', reverseUsername: 'us', reverseSecret: 'lkjihgfedcba' })).json()).toMatchObject({
      code: 'E_NO_CHAP_SECRET',
    });
    await change(null);
    expect((await ask(bench, '/api/v1/iscsi-cdroms/coreos-live')).json()).toMatchObject({
      status: { targetIQN: 'iqn.2026-11.dev.bootbench:image:coreos-live' },
    });
  });

  it('b6: confirms and forgets what a machine reported; b7: releases a lease', async () => {
    const host = `${HOSTS}/server1`;
    bench.inventory.recordOtherReport('server1', 'ac:1f:6b:8a:a7:9c', { serial: 'S1' });
    expect((await ask(bench, host)).json()).toMatchObject({ status: { otherReport: { serial: 'S1' } } });
    expect((await post(`${host}/confirm-identity`, {})).json()).toMatchObject({ status: { confirmed: { serial: 'S1', by: 'person' } } });
    expect(bench.inventory.getHost('server1').otherReport).toBeUndefined();
    expect((await post(`${host}/forget-report`, {})).status).toBe(200);
    expect(bench.inventory.getHost('server1').confirmed).toBeUndefined();
    leaseRows(bench.db).put({ ip: '192.168.77.100', mac: '52:54:00:12:34:99', state: 'bound', startedAt: 0, expiresAt: 1 });
    expect((await ask(bench, '/api/v1/leases/192.168.77.100', { method: 'DELETE' })).status).toBe(200);
    expect((await ask(bench, '/api/v1/leases/192.168.77.100', { method: 'DELETE' })).status).toBe(404);
  });

  it('a relative isoFile lies in the data directory’s isos folder', () => {
    expect(bench.inventory.getImage('coreos-live').source).toEqual({ type: 'file', path: `${bench.dataDir}/isos/coreos-live.iso` });
  });

  it('lists with the kind of the list and the number to watch from', async () => {
    const list = (await ask(bench, HOSTS)).json();
    expect(list).toMatchObject({ kind: 'BareMetalHostList', items: [{ metadata: { name: 'server1' } }] });
    expect(list.metadata).toEqual({ resourceVersion: String(bench.db.lastSeq()) });
  });

  it('a merge never wipes what it does not name, also inside the first interface', async () => {
    bench.inventory.patchHost('server1', {
      vars: { role: 'builder' },
      interfaces: [{ ...bench.inventory.getHost('server1').interfaces[0], gateway: '192.168.10.254', facility: 'lab' }],
    });
    const { interfaces: before, ...rest } = bench.inventory.getHost('server1');
    const answer = await patch(`${HOSTS}/server1`, { hostname: 'srv1' });
    expect(answer.status).toBe(200);
    const after = bench.inventory.getHost('server1');
    expect(after.interfaces).toEqual([{ ...before[0], hostname: 'srv1' }]);
    expect(after).toMatchObject({ ...rest, updatedAt: after.updatedAt, seq: after.seq });
  });

  it('null removes one member of the first interface', async () => {
    await patch(`${HOSTS}/server1`, { hostname: null });
    expect(bench.inventory.getHost('server1').interfaces[0]).toMatchObject({ mac: 'ac:1f:6b:8a:a7:9c', gateway: '192.168.10.254' });
    expect(bench.inventory.getHost('server1').interfaces[0]).not.toHaveProperty('hostname');
  });

  it('changing one member of bmc keeps the other', async () => {
    await patch(`${HOSTS}/server1`, { bmc: { address: '192.168.11.11' } });
    expect(bench.inventory.getHost('server1').bmc).toEqual({ address: '192.168.11.11', username: 'ADMIN' });
  });

  it('a repeated PATCH does not arm the host again', async () => {
    bench.inventory.setAssignmentState('server1', 'done', [1]);
    await patch(`${HOSTS}/server1`, { image: 'coreos-live', bootConfigRef: 'coreos-builder' });
    expect(bench.inventory.getHost('server1').assignment).toMatchObject({ state: 'done', evidence: [1] });
  });

  it('changing the config keeps image and mode, and arms', async () => {
    await patch(`${HOSTS}/server1`, { mode: 'always' });
    await patch(`${HOSTS}/server1`, { bootConfigRef: 'builder-target' });
    expect(bench.inventory.getHost('server1').assignment).toMatchObject({
      image: 'coreos-live',
      config: 'builder-target',
      mode: 'always',
      state: 'armed',
    });
  });

  it('sets the triggers of a console; one that cannot work is 422 and changes nothing', async () => {
    const trigger = { name: 'network boot', pattern: 'Press F12', answer: '<F12>' };
    expect((await patch(`${HOSTS}/server1`, { triggers: [trigger] })).headers.warning).toBeUndefined();
    const stored = { spec: { triggers: [{ ...trigger, meaning: 'none' }] } };
    for (const spec of [{ triggers: [{ ...trigger, pattern: '(' }] }, { triggers: [{ ...trigger, answer: '<F99>' }] }]) {
      const answer = await patch(`${HOSTS}/server1`, spec);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('E_TRIGGER');
      expect(answer.text).toContain('network boot');
    }
    expect((await ask(bench, `${HOSTS}/server1`)).json()).toMatchObject(stored);
    const spec = { bootMACAddress: '52:54:00:00:00:99', triggers: [{ ...trigger, pattern: '(' }] };
    expect((await post(HOSTS, object('BareMetalHost', 'server9', spec))).status).toBe(422);
    expect((await ask(bench, `${HOSTS}/server9`)).status).toBe(404);
    await patch(`${HOSTS}/server1`, { triggers: null });
  });

  it('an incompatible config is 422 with the names, and nothing of the request happens', async () => {
    const answer = await patch(`${HOSTS}/server1`, { ip: '192.168.10.99', bootConfigRef: 'fedora-server' });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'E_CONFIG_INCOMPATIBLE', message: expect.stringContaining('coreos-live') as string });
    expect(bench.inventory.getHost('server1').interfaces[0]?.ip).toBe('192.168.10.10');
  });

  it('changing only the image clears a config that does not fit, and says so', async () => {
    const answer = await patch(`${HOSTS}/server1`, { image: 'fedora' });
    expect(answer.headers.warning).toContain('builder-target');
    expect(bench.inventory.getHost('server1').assignment).toMatchObject({ image: 'fedora', state: 'armed' });
    expect(bench.inventory.getHost('server1').assignment).not.toHaveProperty('config');
  });

  it('an empty image takes the assignment away', async () => {
    await patch(`${HOSTS}/server1`, { image: '' });
    expect(bench.inventory.getHost('server1').assignment).toBeUndefined();
    expect((await patch(`${HOSTS}/server1`, { bootConfigRef: 'fedora-server' })).json()).toMatchObject({ code: 'E_BAD_INPUT' });
  });

  it('a config in use cannot be deleted: 409 with the hosts', async () => {
    await patch(`${HOSTS}/server1`, { image: 'fedora', bootConfigRef: 'fedora-server' });
    const answer = await ask(bench, '/api/v1/bootconfigs/fedora-server', { method: 'DELETE' });
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'E_IN_USE', message: expect.stringContaining('server1') as string });
  });

  it('a config’s data merges file by file', async () => {
    await patch('/api/v1/bootconfigs/fedora-server', { data: { 'extra.sh': 'true' }, defaultFile: 'ks.cfg' });
    await patch('/api/v1/bootconfigs/fedora-server', { data: { 'extra.sh': null } });
    expect(bench.inventory.getConfig('fedora-server')).toMatchObject({
      files: { 'ks.cfg': 'reboot' },
      defaultFile: 'ks.cfg',
      format: 'kickstart',
    });
    expect(Object.keys(bench.inventory.getConfig('fedora-server').files)).toEqual(['ks.cfg']);
  });

  it('an image can move from a file to a URL', async () => {
    const answer = await patch('/api/v1/iscsi-cdroms/coreos-live', { isoFile: 'https://example.org/c.iso' });
    expect(answer.json()).toMatchObject({
      spec: { isoFile: 'https://example.org/c.iso', bootConfigs: ['coreos-builder', 'builder-target'] },
    });
    expect(bench.inventory.getImage('coreos-live').source).toEqual({ type: 'url', url: 'https://example.org/c.iso' });
  });

  it.each([
    ['POST', HOSTS, '{', 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, '[]', 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, object('BareMetalHost', '../x', { bootMACAddress: '52:54:00:00:00:01' }), 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, object('BareMetalHost', 'x', { bootMACAddress: 'nonsense' }), 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, object('BareMetalHost', 'x', {}), 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, object('BootConfig', 'x', { bootMACAddress: '52:54:00:00:00:01' }), 400, 'E_BAD_INPUT'],
    ['POST', HOSTS, object('BareMetalHost', 'server1', { bootMACAddress: '52:54:00:00:00:01' }), 409, 'E_EXISTS'],
    ['POST', HOSTS, object('BareMetalHost', 'x', { bootMACAddress: 'ac1f.6b8a.a79c' }), 409, 'E_EXISTS'],
    ['PATCH', `${HOSTS}/server1`, { metadata: { name: 'other' }, spec: {} }, 400, 'E_BAD_INPUT'],
    ['PATCH', `${HOSTS}/server1`, { spec: { interfaces: [] } }, 400, 'E_BAD_INPUT'],
    ['PATCH', `${HOSTS}/nobody`, { spec: {} }, 404, 'E_NOT_FOUND'],
    ['DELETE', `${HOSTS}/nobody`, undefined, 404, 'E_NOT_FOUND'],
    ['PUT', `${HOSTS}/server1`, {}, 400, 'E_BAD_INPUT'],
    ['PUT', HOSTS, {}, 405, 'E_METHOD'],
    ['DELETE', HOSTS, undefined, 405, 'E_METHOD'],
    ['GET', '/api/v1/pods', undefined, 404, 'E_NOT_FOUND'],
    ['GET', '/api/v1/namespaces/default/baremetalhosts/nobody', undefined, 404, 'E_NOT_FOUND'],
  ])('%s %s %j → %i %s', async (method, path, body, status, code) => {
    const answer = await ask(bench, path, { method, body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  it('a body over 2 MiB is refused, told or chunked', async () => {
    const body = JSON.stringify(object('BootConfig', 'big', { format: 'other', data: { a: 'x'.repeat(2_200_000) } }));
    const told = await ask(bench, '/api/v1/bootconfigs', {
      method: 'POST',
      body,
      headers: { 'Content-Length': String(body.length) },
    }).catch((error: unknown) => error);
    if (!(told instanceof Error)) expect(told).toMatchObject({ status: 413 });
    const chunked = await ask(bench, '/api/v1/bootconfigs', { method: 'POST', body, headers: { 'Transfer-Encoding': 'chunked' } }).catch(
      (error: unknown) => error,
    );
    if (!(chunked instanceof Error)) expect(chunked).toMatchObject({ status: 413 });
    const small = await ask(bench, '/api/v1/bootconfigs', { method: 'POST', body: '{}', headers: { 'Content-Length': '2200000' } }).catch(
      (error: unknown) => error,
    );
    expect(small).toMatchObject({ status: 413 });
    expect(() => bench.inventory.getConfig('big')).toThrow();
  });

  it('another content type is refused', async () => {
    const answer = await ask(bench, `${HOSTS}/server1`, {
      method: 'PATCH',
      body: '[]',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(answer.status).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'E_MEDIA_TYPE', message: expect.stringContaining('merge-patch') as string });
  });
});

describe('watch', () => {
  it('begins with the current set and goes on with every change', async () => {
    const lines = watch(`${HOSTS}?watch=true`);
    expect(await lines.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'server1' } } });
    await post(HOSTS, object('BareMetalHost', 'server2', { bootMACAddress: '52:54:00:00:00:02' }));
    expect(await lines.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'server2' } } });
    await post('/api/v1/bootconfigs', object('BootConfig', 'unrelated', { format: 'other', data: { a: '' } }));
    await patch(`${HOSTS}/server2`, { ip: '192.168.10.12' });
    const modified = await lines.next();
    expect(modified).toMatchObject({ type: 'MODIFIED', object: { spec: { ip: '192.168.10.12' } } });
    await ask(bench, `${HOSTS}/server2`, { method: 'DELETE' });
    expect(await lines.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'server2' }, spec: { ip: '192.168.10.12' } } });
    lines.stop();

    const resumed = watch(`${HOSTS}?watch=true&resourceVersion=${modified.object.metadata.resourceVersion}`);
    expect(await resumed.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'server2' } } });
    resumed.stop();
  });

  it('a number that was never given is 410', async () => {
    const answer = await ask(bench, `${HOSTS}?watch=true&resourceVersion=999999`);
    expect(answer.status).toBe(410);
    expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'Expired', code: 'E_EXPIRED' });
  });
});

interface Line {
  type: string;
  object: { metadata: { resourceVersion: string } };
}

function watch(path: string): { next(): Promise<Line>; stop(): void } {
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  const request = get(`${bench.management.url}${path}`, { headers: { Authorization: `Bearer ${bench.token}` } }, (response) => {
    response.on('error', () => undefined);
    const reader = createInterface(response);
    reader.on('error', () => undefined);
    reader.on('line', (line) => {
      lines.push(line);
      wake();
    });
  });
  request.on('error', () => undefined);
  return {
    async next() {
      while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return JSON.parse(lines.shift() ?? '') as Line;
    },
    stop: () => request.destroy(),
  };
}
