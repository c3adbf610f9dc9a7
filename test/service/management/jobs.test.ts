import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../contract/jobs.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { leaseRows } from '../../../db/leases.ts';
import { LAB_IMAGE } from '../../fixtures/data-fixture.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { runCommandLine, type Ran } from './command-line.ts';
import { ask } from './requests.ts';

const PASSWORD = 'canary-3d1f8a';
const MAC = '52:54:00:00:00:01';

let bench: ManagementServer;
let bmc: ScriptedBmc;
beforeEach(async () => {
  bench = await startManagementServer();
  writeFileSync(join(bench.dataDir, 'password'), `${PASSWORD}\n`);
  bmc = new ScriptedBmc({ macs: [MAC], serial: 'SN1', vendor: 'Lab', model: 'R1' });
  bench.bmcs.set('10.0.0.1', bmc);
  bmc.onStart = () => {
    bench.activity.record({ type: 'iso.opened', host: 'r1', ip: '10.0.0.1', message: 'r1 started reading lab.' });
    bench.activity.record({ type: 'dhcp.os-lease', host: 'r1', message: 'The system of r1 has an address.' });
  };
  await bench.inventory.addImage(LAB_IMAGE);
});
afterEach(() => bench.stop());

/** The BMC judged the password. */
const REJECTED = { details: { credentials: 'rejected' } };

const run = (...argv: string[]): Promise<Ran> => runCommandLine(argv, { cwd: bench.dataDir });

/** A host with its BMC and password, assigned to boot the image. */
async function addMachine(): Promise<void> {
  const added = await run('host', 'add', 'r1', '--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password');
  expect(added).toMatchObject({ code: 0, err: '' });
  await run('assign', 'r1', '--image', 'lab');
}

const post = (body: unknown) => ask(bench, '/api/v1/jobs', { method: 'POST', body });

describe('the command line', () => {
  it('host add --bmc alone fills in the rest, and the password is nowhere to be read', async () => {
    await addMachine();
    const host = bench.inventory.getHost('r1');
    expect(host).toMatchObject({ interfaces: [{ mac: MAC }], bmc: { address: 'redfish://10.0.0.1', username: 'root' } });
    expect(host.facts).toEqual({ serial: 'SN1', manufacturer: 'Lab', product: 'R1' });
    const shown = await run('host', 'show', 'r1');
    const rows = ['SELECT object FROM hosts', 'SELECT object FROM changes'].flatMap((sql) => bench.db.main.prepare(sql).all());
    const events = bench.activity.history({ limit: 1000 });
    expect(JSON.stringify([shown, rows, events])).not.toContain(PASSWORD);
  });

  it('host set --bmc gives a host its BMC, and takes it away', async () => {
    await run('host', 'add', 'r1', '--mac', MAC);
    expect((await run('reimage', 'r1', '--method', 'pxe')).err).toContain('E_NO_BMC');
    const access = ['--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password'];
    expect(await run('host', 'set', 'r1', ...access, 'vars.role=web')).toMatchObject({ code: 0, err: '' });
    expect((await run('power', 'r1', 'status')).out).toContain('r1 is off.');
    expect(await run('host', 'set', 'r1', '--bmc', '')).toMatchObject({ code: 0, err: '' });
    expect(bench.inventory.getHost('r1')).toMatchObject({ vars: { role: 'web' } });
    expect(bench.inventory.getHost('r1').bmc).toBeUndefined();
    expect((await run('host', 'set', 'r1')).code).toBe(2);
  });

  it('a BMC that may be another machine’s fills in nothing', async () => {
    await run('host', 'add', 'r1', '--mac', '52:54:00:00:00:02');
    const access = ['--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password'];
    await run('host', 'set', 'r1', ...access);
    expect((await run('power', 'r1', 'status')).out).toContain('SN1');
    expect(bench.inventory.getHost('r1').facts).toEqual({});
  });

  it('reimage --watch tells each step with its evidence, and succeeds', async () => {
    await addMachine();
    const { code, out, err } = await run('reimage', 'r1', '--watch');
    expect(err).toBe('');
    expect(code).toBe(0);
    const said = out.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
    expect(said.filter((line) => line.endsWith(':') && !line.startsWith(' '))).toEqual(
      ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'].map((name) => `${name}:`),
    );
    expect(out).toContain('r1 started reading lab.');
    expect(out).toContain('The medium was ejected; the machine stays on.');
    expect(said).toContain('r1 was reimaged with lab.');
    expect(out.match(/The BMC responds/g)).toHaveLength(1);
    expect((await run('jobs')).out).toMatch(/r1 +lab +virtual-media +done/);
  });

  it('reimage --watch of a job that fails exits with 1, the code and what to do', async () => {
    await addMachine();
    bmc.fail('insert', new BootbenchError('E_BMC_UNSUPPORTED', 'This BMC mounts NFS only.'));
    const { code, out, err } = await run('reimage', 'r1', '--watch');
    expect(code).toBe(1);
    expect(err).toBe(
      'E_BMC_UNSUPPORTED: r1: This BMC mounts NFS only.\nChoose another boot method for the host, or do this step manually.\n',
    );
    expect(out).toContain('    E_BMC_UNSUPPORTED: This BMC mounts NFS only.');
    const [job] = JSON.parse((await run('jobs', '--json')).out) as Job[];
    expect((await run('jobs', job!.id, '--retry', '--watch')).code).toBe(0);
    expect((await run('jobs', job!.id)).out).toContain('Retried: step “insert the ISO” had failed.');
  });

  it('a dry run tells what would be done, and the BMC hears nothing that changes anything', async () => {
    await addMachine();
    const { code, out } = await run('reimage', 'r1', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('Would power r1 (serial SN1) off immediately; it is off now.');
    expect(out).toContain('Dry run: this is what a reimage of r1 would do.');
    expect(bmc.changes()).toEqual([]);
    expect((await run('jobs')).out).toMatch(/r1 +lab +virtual-media +done \(dry run\)/);
  });

  it('power and media', async () => {
    await addMachine();
    expect((await run('power', 'r1', 'on')).out).toBe('r1 is on.\n');
    expect((await run('power', 'r1', 'status')).out).toContain('Lab R1, by redfish\n  serial SN1');
    expect((await run('media', 'r1', 'insert')).out).toBe('CD1: http://192.168.77.1:7080/iso/r1/token/lab.iso\n');
    expect((await run('media', 'r1', 'status')).out).toContain('token/lab.iso');
    expect((await run('media', 'r1', 'eject')).out).toBe('CD1: empty\n');
    expect((await run('power', 'r1', 'off')).out).toBe('r1 is off.\n');
    expect(bench.activity.history({ host: 'r1', limit: 50 }).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['bmc.power', 'bmc.media']),
    );
  });

  it.each([
    [['power', 'r1', 'explode'], 2, 'say on, off'],
    [['media', 'r1', 'juggle'], 2, 'say insert'],
    [['reimage', 'r1', '--method', 'magic'], 2, 'one of virtual-media'],
    [['reimage'], 2, 'missing argument'],
    [['jobs', '--cancel'], 2, 'use one job'],
    [['jobs', 'none'], 1, 'E_NOT_FOUND'],
    [['reimage', 'nobody'], 1, 'E_NOT_FOUND'],
    [['host', 'add', 'x', '--bmc-user', 'root'], 2, 'require --bmc'],
    [['host', 'add', 'x', '--bmc', 'redfish://10.0.0.9', '--bmc-user', 'u', '--bmc-password-file', 'password'], 1, 'E_BMC_UNREACHABLE'],
  ])('%j → %i', async (argv, code, words) => {
    const result = await run(...argv);
    expect(result.err).toContain(words);
    expect(result.code).toBe(code);
  });

  it('a BMC without password, and one that rejects it', async () => {
    await run('host', 'add', 'r1', '--mac', MAC, '--bmc', '10.0.0.1');
    expect((await run('power', 'r1', 'status')).err).toContain('E_NO_SECRET');
    await addMachineTo('r2');
    bmc.fail('identify', new BootbenchError('E_BMC_AUTH', 'rejected root', REJECTED));
    expect((await run('power', 'r2', 'on')).err).toContain('E_BMC_AUTH');
    const asked = bmc.calls.length;
    expect((await run('power', 'r2', 'on')).err).toContain('E_BMC_AUTH');
    expect(bmc.calls).toHaveLength(asked);
  });

  it('f3: power status, four times with a wrong password: it is sent once, and again when it is entered again', async () => {
    await addMachine();
    bmc.fail('identify', new BootbenchError('E_BMC_AUTH', 'rejected root', REJECTED));
    const enter = ['host', 'set', 'r1', '--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password'];
    await run(...enter);
    const asked = bmc.calls.length;
    for (let times = 0; times < 4; times += 1) {
      expect((await run('power', 'r1', 'status')).err).toContain('E_BMC_AUTH');
      expect((await run('media', 'r1', 'status')).err).toContain('E_BMC_AUTH');
    }
    expect(bmc.calls.slice(asked)).toEqual(['identify']);
    await run(...enter);
    expect((await run('power', 'r1', 'status')).out).toContain('r1 is off.');
  });

  it('a lease that looks like a BMC is listed until a host has it; its factory account is tried when asked, once', async () => {
    const none = await run('bmc', 'candidates');
    expect(none.out).toContain('No unassigned BMCs found');
    const startedAt = Date.now();
    const lease = {
      ip: '10.0.0.1',
      mac: '52:54:00:00:00:99',
      hostname: 'idrac-SN1',
      state: 'bound',
      startedAt,
      expiresAt: startedAt + 1e6,
    } as const;
    leaseRows(bench.db).put(lease);
    expect((await run('bmc', 'candidates')).out).toMatch(/10\.0\.0\.1 .*Dell .*idrac-SN1\./);
    await run('host', 'add', 'r1', '--mac', MAC);
    expect((await run('bmc', 'factory-login', 'r1', 'dell')).err).toContain('E_NO_BMC');
    await run('host', 'set', 'r1', '--bmc', 'redfish://10.0.0.1');
    expect((await run('bmc', 'candidates')).out).not.toContain('idrac-SN1');
    expect(await run('bmc', 'factory-login', 'r1', 'nobody')).toMatchObject({ code: 2 });
    bmc.fail('identify', new BootbenchError('E_BMC_AUTH', 'The BMC rejected ADMIN.', REJECTED));
    for (const words of ['The BMC rejected ADMIN.', '10.0.0.1 rejected the factory password'])
      expect((await run('bmc', 'factory-login', 'r1', 'supermicro')).err).toContain(words);
    expect((await run('bmc', 'factory-login', 'r1', 'dell')).out).toContain('accepts its factory account');
    expect(bench.inventory.getHost('r1').bmc).toMatchObject({ username: 'root' });
    expect((await run('power', 'r1', 'status')).out).toContain('still uses its factory password');
  });

  it('while a job runs, its BMC is left to it and its host stays', async () => {
    await addMachine();
    bmc.fail('insert', 'hang');
    await run('reimage', 'r1');
    expect((await run('power', 'r1', 'off')).err).toContain('E_JOB_RUNNING');
    expect((await run('host', 'remove', 'r1')).err).toContain('E_JOB_RUNNING');
    const [job] = JSON.parse((await run('jobs', '--json')).out) as Job[];
    expect((await run('jobs', job!.id, '--cancel', '--watch')).code).toBe(1);
    expect((await run('host', 'remove', 'r1')).code).toBe(0);
  });
});

async function addMachineTo(name: string): Promise<void> {
  const mac = '52:54:00:00:00:02';
  bmc.identity.macs.push(mac);
  await run('host', 'add', name, '--mac', mac, '--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password');
}

describe('REST', () => {
  const settled = async (id: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { status } = (await ask(bench, `/api/v1/jobs/${id}`)).json() as { status: { state: string } };
      if (!['queued', 'running', 'waiting'].includes(status.state)) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('POST {hosts} starts jobs, GET tells and lists them', async () => {
    await addMachine();
    const answer = await post({ hosts: ['r1'] });
    expect(answer.status).toBe(201);
    const [item] = answer.json().items as { metadata: { name: string }; spec: unknown }[];
    expect(item).toMatchObject({ kind: 'Job', spec: { host: 'r1', image: 'lab', method: 'virtual-media', dryRun: false } });
    expect(await settled(item!.metadata.name)).toMatchObject({ state: 'done' });
    expect((await ask(bench, '/api/v1/namespaces/default/jobs')).json()).toMatchObject({
      kind: 'JobList',
      items: [{ status: { state: 'done' } }],
    });
  });

  it('a BareMetalHost’s BMC password is kept, used and never told', async () => {
    const body = (bmcSpec: unknown) => ({ kind: 'BareMetalHost', metadata: { name: 'r1' }, spec: { bootMACAddress: MAC, bmc: bmcSpec } });
    const hosts = (bmcSpec: unknown) => ask(bench, '/api/v1/baremetalhosts', { method: 'POST', body: body(bmcSpec) });
    expect((await hosts({ address: '10.0.0.1', username: 'ADMIN', password: 7 })).json()).toMatchObject({ code: 'E_BAD_INPUT' });
    const answer = await hosts({ address: '10.0.0.1', username: 'ADMIN', password: PASSWORD });
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.text).not.toContain(PASSWORD);
    expect((await run('power', 'r1', 'status')).out).toContain('r1 is off.');
  });

  it('takes the seed’s Job with its ordered tasks', async () => {
    await addMachine();
    const mediaURL = 'https://10.0.0.2:7443/iso/52:54:00:00:00:01/hook.iso';
    const answer = await post({
      apiVersion: 'bmc.tinkerbell.org/v1alpha1',
      kind: 'Job',
      metadata: { name: 'example' },
      spec: {
        machineRef: { name: 'r1', namespace: 'default' },
        tasks: [
          { powerAction: 'off' },
          { virtualMediaAction: { mediaURL: '', kind: 'CD' } },
          { virtualMediaAction: { mediaURL, kind: 'CD' } },
          { oneTimeBootDeviceAction: { device: ['cdrom'], efiBoot: true } },
          { powerAction: 'on' },
        ],
      },
    });
    expect(answer.status).toBe(201);
    const [item] = answer.json().items as { metadata: { name: string } }[];
    expect(await settled(item!.metadata.name)).toMatchObject({ state: 'done' });
    expect(bmc.changes()).toEqual(['ejectAll', 'insert', 'bootOnce', 'powerOn']);
    expect(bmc.slot.image).toBe(mediaURL);
  });

  it.each([
    [{}, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], colour: 'red' }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: [{ powerAction: 'explode' }] }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: [{ virtualMediaAction: { mediaURL: 'x', kind: 'Floppy' } }] }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: [{ virtualMediaAction: { mediaURL: 'ftp://x/y.iso' } }] }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: [{ oneTimeBootDeviceAction: { device: ['toaster'] } }] }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: [{ dance: true }] }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['r1'], tasks: ['insert'], kind: 'Config' }, 400, 'E_BAD_INPUT'],
    [{ hosts: ['nobody'] }, 404, 'E_NOT_FOUND'],
  ])('%j → %i', async (body, status, code) => {
    const answer = await post(body);
    expect(answer.json()).toMatchObject({ code });
    expect(answer.status).toBe(status);
  });

  it('only POST and GET', async () => {
    expect((await ask(bench, '/api/v1/jobs/x', { method: 'DELETE' })).status).toBe(405);
    expect((await ask(bench, '/api/v1/jobs/x')).status).toBe(404);
  });

  it('?watch=true streams a job to its end', async () => {
    await addMachine();
    const states: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const sent = get(
        `${bench.management.url}/api/v1/jobs?watch=true`,
        { headers: { Authorization: `Bearer ${bench.token}` } },
        (response) => {
          response.on('error', () => undefined);
          const lines = createInterface({ input: response });
          lines.on('error', () => undefined);
          lines.on('line', (line) => {
            const { type, object } = JSON.parse(line) as { type: string; object: { kind: string; status: { state: string } } };
            states.push(`${type} ${object.kind} ${object.status.state}`);
            if (object.status.state === 'done') {
              sent.destroy();
              resolve();
            }
          });
          post({ hosts: ['r1'] }).catch(reject);
        },
      );
      sent.on('error', reject);
    });
    expect(states[0]).toBe('ADDED Job queued');
    expect(states.at(-1)).toBe('MODIFIED Job done');
  });
});
