import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAB_IMAGE } from '../../fixtures/data-fixture.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { runCommandLine, type Ran } from './command-line.ts';
import { ask } from './requests.ts';

const UUID = '4c4c4544-0042-3510-8052-b4c04f443433';
const LAB_MAC = '52:54:00:00:00:01';
const LISTED_MAC = '52:54:00:00:00:99';

let bench: ManagementServer;
let bmc: ScriptedBmc;
beforeEach(async () => {
  bench = await startManagementServer();
  writeFileSync(join(bench.dataDir, 'password'), 'secret\n');
  // GB300: the lab’s port is not among those that the BMC lists.
  bmc = new ScriptedBmc({ macs: [LISTED_MAC], uuid: UUID, serial: 'SN0042A' });
  bench.bmcs.set('10.0.0.1', bmc);
  bmc.onStart = () => {
    bench.activity.record({ type: 'iso.opened', host: 'r1', ip: '10.0.0.1', message: 'r1 started reading lab.' });
    bench.activity.record({ type: 'dhcp.os-lease', host: 'r1', message: 'The system of r1 has an address.' });
  };
  await bench.inventory.addImage(LAB_IMAGE);
  await run('host', 'add', 'r1', '--mac', LAB_MAC);
  await run('host', 'set', 'r1', '--bmc', 'redfish://10.0.0.1', '--bmc-user', 'root', '--bmc-password-file', 'password');
  await run('assign', 'r1', '--image', 'lab');
});
afterEach(() => bench.stop());

const run = (...argv: string[]): Promise<Ran> => runCommandLine(argv, { cwd: bench.dataDir });

describe('a host without UUID and serial whose lab port the BMC does not list', () => {
  it('f10: the refusal shows both sides, what is missing, and the way out; nothing is changed', async () => {
    const refused = await run('power', 'r1', 'on');
    expect(refused.code).not.toBe(0);
    expect(refused.err).toBe(
      [
        `E_BMC_WRONG_MACHINE: r1 has MAC ${LAB_MAC}, but the BMC reports ${LISTED_MAC}. Nothing else can be compared: serial number missing in the record of r1; UUID missing in the record of r1.`,
        'FACT           HOST               BMC                                   RESULT',
        `MAC            ${LAB_MAC}  ${LISTED_MAC}                     not in the other list`,
        'serial number  -                  SN0042A                               missing in the record of r1',
        `UUID           -                  ${UUID}  missing in the record of r1`,
        'Compare the facts. If this is the BMC of r1, take over its facts: bootbench bmc take-facts r1, or the button on its page. If not, correct the BMC’s address. Nothing was changed on that machine.',
        '',
      ].join('\n'),
    );
    expect(bmc.changes()).toEqual([]);
    const job = await run('reimage', 'r1', '--watch');
    expect(job.err).toContain('E_BMC_WRONG_MACHINE: r1: r1 has MAC');
    expect(job.err).toContain('UUID           -');
    expect(bmc.changes()).toEqual([]);
  });

  it('f10: power status shows the same table', async () => {
    const shown = await run('power', 'r1', 'status');
    expect(shown.out).toContain(
      `It is not clear which machine the BMC belongs to. r1 has MAC ${LAB_MAC}, but the BMC reports ${LISTED_MAC}.`,
    );
    expect(shown.out).toContain('serial number  -                  SN0042A');
  });

  it('f10: once its facts are taken over by the command line, the machine is the same', async () => {
    expect((await run('bmc', 'take-facts', 'r1')).out).toBe(`r1 has UUID ${UUID} and serial number SN0042A now.\n`);
    expect(bench.inventory.getHost('r1')).toMatchObject({ facts: { uuid: UUID, serial: 'SN0042A' }, interfaces: [{ mac: LAB_MAC }] });
    expect(bench.activity.history({ limit: 100 }).map(({ message: text }) => text)).toContain(
      `UUID ${UUID} and serial number SN0042A of the BMC were copied to r1.`,
    );
    expect(await run('power', 'r1', 'on')).toMatchObject({ code: 0 });
    expect(bmc.changes()).toEqual(['powerOn']);
    const shown = (await run('power', 'r1', 'status')).out;
    expect(shown).toContain('The BMC belongs to this machine. The BMC reports the serial number SN0042A of r1.');
    expect(shown).toContain('same *');
  });

  it('f10: by REST', async () => {
    const path = '/api/v1/baremetalhosts/r1/take-bmc-facts';
    expect((await ask(bench, path)).status).toBe(405);
    const answer = await ask(bench, path, { method: 'POST', body: {} });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ kind: 'BareMetalHost', status: { facts: { uuid: UUID } } });
  });

  it('f10: not where another host has them, nor where the BMC reports none', async () => {
    await run('host', 'add', 'r2', '--mac', '52:54:00:00:00:02');
    bench.inventory.recordFacts('r2', { uuid: '44454c4c-4200-1035-8052-b4c04f443433' });
    const taken = await run('bmc', 'take-facts', 'r1');
    expect(taken.err).toContain('E_EXISTS: The BMC of r1 reports the UUID, serial number or MAC of r2.');
    Object.assign(bmc.identity, { uuid: '03000200-0400-0500-0006-000700080009', serial: 'Default string' });
    expect((await run('bmc', 'take-facts', 'r1')).err).toContain('E_BMC_UNSUPPORTED');
    expect(bench.inventory.getHost('r1').facts.uuid).toBeUndefined();
  });
});

describe('r4: UUIDs that identify no machine', () => {
  const FILL_IN = '03000200-0400-0500-0006-000700080009';

  it('r4: another board with the same one is not switched on', async () => {
    Object.assign(bmc.identity, { uuid: FILL_IN, serial: 'Default string' });
    bench.inventory.recordFacts('r1', { uuid: FILL_IN, serial: 'Default string' });
    expect((await run('power', 'r1', 'on')).err).toContain('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toEqual([]);
  });

  it('r4: the right MAC with one against a true UUID is the same machine', async () => {
    Object.assign(bmc.identity, { uuid: FILL_IN, macs: [LAB_MAC] });
    bench.inventory.recordFacts('r1', { uuid: UUID });
    expect(await run('power', 'r1', 'on')).toMatchObject({ code: 0, err: '' });
    expect(bmc.changes()).toEqual(['powerOn']);
  });

  it('r4: one that two hosts have is none either', async () => {
    await run('host', 'add', 'r2', '--mac', '52:54:00:00:00:02');
    Object.assign(bmc.identity, { serial: undefined });
    for (const name of ['r1', 'r2']) bench.inventory.recordFacts(name, { uuid: UUID });
    expect((await run('power', 'r1', 'on')).err).toContain('used by more than one machine');
    expect(bmc.changes()).toEqual([]);
  });
});

describe('f1: a BMC that serves several machines', () => {
  it('f1: what nothing can be compared with passes only where there is no other machine', async () => {
    Object.assign(bmc.identity, { uuid: undefined, serial: undefined, macs: [] });
    Object.assign(bmc.identity, { system: { path: '/redfish/v1/Systems/1', others: 1, isNamed: false } });
    expect((await run('power', 'r1', 'on')).err).toContain('E_BMC_WRONG_MACHINE');
    expect(bmc.changes()).toEqual([]);
    Object.assign(bmc.identity, { system: { path: '/redfish/v1/Systems/1', others: 1, isNamed: true } });
    expect(await run('power', 'r1', 'on')).toMatchObject({ code: 0 });
    expect(bmc.changes()).toEqual(['powerOn']);
  });
});
