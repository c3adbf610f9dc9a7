import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ERRORS } from '../../../contract/error-codes.ts';
import type { Image } from '../../../contract/inventory.ts';
import { connect, type Client } from '../../../contract/port.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { webSocketPort } from '../../../main-services/management/websocket-port.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { sha256, someIso } from '../inventory/library.ts';

const MIB = 1024 * 1024;
let folder: string;
let appliance: Appliance;
let client: Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  appliance = await startOnLoopback(folder, { nic: undefined });
  client = await openClient();
});
afterEach(async () => {
  client.close();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function openClient(): Promise<Client> {
  const headers = { Authorization: `Bearer ${readFileSync(join(folder, 'api-token'), 'utf8').trim()}` };
  const socket = new WebSocket(`${appliance.api.replace('http', 'ws')}/api/v1/ws`, ['bootbench.v1'], { headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return connect(webSocketPort(socket));
}

async function importAs(name: string, bytes: Uint8Array, more: { sha256?: string } = {}): Promise<Image> {
  const path = join(folder, `source-of-${name}.iso`);
  writeFileSync(path, bytes);
  const { id } = await client.call('image.import', { name, path, ...more });
  return client.call('image.importResult', { id });
}

describe('the result of an import from a path', () => {
  it('is the image, once it is in the library', async () => {
    const iso = someIso(MIB);
    expect(await importAs('fedora', iso)).toMatchObject({ name: 'fedora', sha256: sha256(iso) });
  });

  it.each([
    ['E_CHECKSUM', () => someIso(MIB), { sha256: '0'.repeat(64) }],
    ['E_IMAGE_INVALID', () => new Uint8Array(MIB), {}],
  ] as const)('is the error of the import, with its code and next step: %s', async (code, bytes, more) => {
    await expect(importAs('fedora', bytes(), more)).rejects.toMatchObject({ code, next: ERRORS[code].next });
  });

  it('is E_EXISTS with the name of the image that has the same bytes', async () => {
    const iso = someIso(MIB);
    await importAs('rocky', iso);
    await expect(importAs('fedora', iso)).rejects.toMatchObject({ code: 'E_EXISTS', next: expect.stringContaining('rocky') as string });
  });

  it('is E_NOT_FOUND for an unknown id', async () => {
    await expect(client.call('image.importResult', { id: 'other' })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});
