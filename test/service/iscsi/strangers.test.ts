import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput } from '../../../contract/inventory.ts';
import { hostTargetName, imageTargetName } from '../../../contract/iscsi.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { encodePdu, headerOf, NO_DIGESTS } from '../../../main-services/iscsi/wire/pdu.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { IscsiInitiator, loginRequest } from '../../fixtures/iscsi-initiator.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

const ALPHA = '127.0.0.1';
const STRANGER = '127.0.0.3';
const HOST = { TargetName: hostTargetName(MAC) };
const IMAGE = { TargetName: imageTargetName('Disc') };
const DISCOVERY = { SessionType: 'Discovery', TargetName: '' };

let folder: string;
let appliance: Appliance;
let port: number;
const initiators: IscsiInitiator[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iscsi-strangers-'));
  const macs = new Map([[ALPHA, MAC]]);
  const neighbours = { macOf: (ip: string) => Promise.resolve(macs.get(ip)), all: () => Promise.resolve(macs) };
  appliance = await startOnLoopback(folder, {}, { neighbours });
  const path = join(folder, 'disc.iso');
  writeFileSync(path, buildIso({ volumeId: 'DISC', files: [{ path: 'a', bytes: Buffer.alloc(500_000, 'a') }] }));
  const { inventory, control } = appliance.rooms;
  await inventory.addImage(ImageInput.parse({ name: 'Disc', source: { type: 'file', path } }));
  inventory.addHost({ ...hostInput('alpha', MAC), iscsi: { device: 'disk' } });
  inventory.assign('alpha', AssignmentInput.parse({ image: 'Disc' }));
  port = control.status().services.find(({ name }) => name === 'iscsi')?.port ?? 0;
});
afterEach(async () => {
  for (const { socket } of initiators.splice(0)) socket.destroy();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

const told = (type: string) => appliance.rooms.activity.history({ limit: 500 }).filter((event) => event.type === type);
const sessions = () => appliance.rooms.iscsi.sessions();

function connect(localAddress = ALPHA): IscsiInitiator {
  const initiator = new IscsiInitiator(port, { localAddress });
  initiators.push(initiator);
  return initiator;
}

/** -1 where the connection ends without an answer. */
function login(initiator: IscsiInitiator, keys: Record<string, string>, isid?: string): Promise<number> {
  return Promise.race([initiator.tryLogin(keys, isid), initiator.closed.then(() => -1)]);
}

describe('strangers', () => {
  it('that say nothing from many addresses do not keep a machine out', async () => {
    const silent = Array.from({ length: 8 }, (_, at) => Array.from({ length: 16 }, () => connect(`127.0.1.${at + 1}`))).flat();
    await Promise.all(silent.map(({ socket }) => new Promise((done) => socket.once('connect', done))));
    expect(await login(connect(), HOST)).toBe(0);
  });

  it('that discover from one address are bounded as those that say nothing', async () => {
    const open = Array.from({ length: 40 }, () => connect(STRANGER));
    const states = await Promise.all(open.map((one) => login(one, DISCOVERY)));
    expect(states.filter((status) => status === 0)).toHaveLength(16);
    expect(await login(connect(), DISCOVERY)).toBe(0);
  });

  it('that ask for one target after the other are a few events', async () => {
    for (let at = 0; at < 60; at += 1) {
      const one = connect(STRANGER);
      const name = hostTargetName(`52:54:00:00:01:${at.toString(16).padStart(2, '0')}`);
      expect(await login(one, { TargetName: name })).toBe(0x0203);
      one.socket.destroy();
    }
    expect(told('iscsi.refused').length).toBe(20);
  });

  it('are told by a name that can be printed', async () => {
    const InitiatorName = `iqn.2026-01.org.example:\u{1b}]0;x\u{7}\n\u{202e}${'y'.repeat(300)}`;
    expect(await login(connect(STRANGER), { ...IMAGE, InitiatorName })).toBe(0);
    expect(sessions()[0]?.initiatorName).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.stringify(told('iscsi.login')[0]?.data)).toMatch(/^[\x20-\x7e]+$/);
    expect(await login(connect(STRANGER), { ...IMAGE, TargetName: 'iqn.\u{202e}\u{9b}x' })).toBe(0x0203);
    expect(told('iscsi.refused')[0]?.message).toContain('“iqn.??x”');
  });

  it('have no more sessions where their logins are under way at once', async () => {
    const open = Array.from({ length: 14 }, () => connect(STRANGER));
    // Each is admitted before the first one begins.
    const asked = open.map(async (one, at) => {
      const request = loginRequest({ ...IMAGE, InitiatorName: `iqn.2026-01.org.example:h${at}` }, `80000000000${at.toString(16)}`);
      request[1] = 0x04;
      one.socket.write(request);
      await one.next();
    });
    await Promise.all(asked);
    const states = await Promise.all(open.map((one) => login(one, {})));
    expect(states.filter((status) => status === 0)).toHaveLength(8);
    expect(states.filter((status) => status === 0x0302)).toHaveLength(6);
    expect(sessions()).toHaveLength(8);
  });

  it('cannot end the session of a machine by its names, nor reserve an image', async () => {
    const machine = connect();
    await machine.login(HOST, '800000000001');
    const image = connect();
    await image.login(IMAGE, '800000000002');
    expect(await login(connect(STRANGER), HOST, '800000000001')).toBe(0x0202);
    expect(await login(connect(STRANGER), IMAGE, '800000000002')).toBe(0);
    for (let at = 0; at < 20; at += 1) await login(connect(STRANGER), IMAGE, `9000000000${at.toString(16).padStart(2, '0')}`);
    expect((await machine.read(16, 8)).length).toBe(4096);
    expect([machine.socket.destroyed, image.socket.destroyed]).toEqual([false, false]);
    const reserve = headerOf(0x41, 0x80);
    reserve.writeUInt32BE(9, 16);
    reserve[32] = 0x16;
    const stranger = initiators.at(-1)!;
    stranger.socket.write(Buffer.concat(encodePdu(reserve, new Uint8Array(), NO_DIGESTS)));
    expect((await stranger.next()).header[3]).toBe(2);
  });
});
