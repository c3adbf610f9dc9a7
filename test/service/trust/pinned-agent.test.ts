import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { request, type Agent } from 'undici';
import { pinRows } from '../../../db/pins.ts';
import { pinnedAgent } from '../../../main-services/trust/pinned-agent.ts';
import { openPins } from '../../../main-services/trust/pins.ts';
import { openData } from '../../fixtures/data-fixture.ts';

let dir: string;
const keys: { key: Buffer; cert: Buffer }[] = [];
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bootbench-pins-'));
  for (const name of ['first', 'second']) {
    const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    keys.push({ key: readFileSync(key), cert: readFileSync(cert) });
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const open: { server?: Server; agents: Agent[] } = { agents: [] };
afterEach(async () => {
  for (const agent of open.agents.splice(0)) await agent.destroy();
  open.server?.closeAllConnections();
  await new Promise((resolve) => open.server?.close(resolve) ?? resolve(undefined));
});

/** A server that remembers every Authorization it was sent. */
async function serve(which: number, port = 0): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(keys[which]!, (asked, answer) => {
    seen.push(asked.headers.authorization ?? 'none');
    answer.end('ok');
  });
  open.server = server;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

describe('a pinned connection', () => {
  it('takes the certificate it meets first, and sends nothing to another one', async () => {
    const bench = openData();
    const pins = openPins(pinRows(bench.db), bench.clock);
    const first = await serve(0);
    const endpoint = `127.0.0.1:${first.port}`;
    const told: string[] = [];
    const agentOf = () => {
      const agent = pinnedAgent({ pins, endpoint, connectTimeout: 2000, onFirst: (fingerprint) => told.push(fingerprint) });
      open.agents.push(agent);
      return agent;
    };
    const ask = async (dispatcher: Agent) => {
      const { statusCode, body } = await request(`https://${endpoint}/`, { dispatcher, headers: { authorization: 'Basic secret' } });
      await body.dump();
      return statusCode;
    };
    expect(await ask(agentOf())).toBe(200);
    expect(await ask(agentOf())).toBe(200);
    expect(told).toHaveLength(1);
    expect(pins.get(endpoint)).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    first.seen.length = 0;
    open.server?.closeAllConnections();
    await new Promise((resolve) => open.server?.close(resolve));

    const second = await serve(1, first.port);
    const refused = await ask(agentOf()).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'E_BMC_CERTIFICATE',
      details: { certificate: { pinned: pins.get(endpoint), presented: expect.stringMatching(/^([0-9A-F]{2}:){31}/) as string } },
    });
    expect(String(refused)).toContain(pins.get(endpoint));
    expect(second.seen).toEqual([]);

    pins.remove(endpoint);
    expect(await ask(agentOf())).toBe(200);
    expect(second.seen).toEqual(['Basic secret']);
    bench.dispose();
  });
});
