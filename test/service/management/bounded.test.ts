import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MAX_CALLS } from '../../../contract/port.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { ask } from './requests.ts';

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
});
afterAll(() => bench.stop());

it('b13: of 2,000 streams on one socket 128 run, the others get E_TOO_MANY, and other clients are answered', async () => {
  const { host } = new URL(bench.management.url);
  const socket = new WebSocket(`ws://${host}/api/v1/ws`, ['bootbench.v1', `bearer.${bench.token}`]);
  await once(socket, 'open');
  const refused = new Set<number>();
  socket.on('message', (data: Buffer) => {
    const reply = JSON.parse(data.toString('utf8')) as { id: number; error?: { code: string } };
    if (reply.error?.code === 'E_TOO_MANY') refused.add(reply.id);
  });
  for (let id = 1; id <= 2000; id++) socket.send(JSON.stringify({ id, call: 'events.watch', input: { since: 0 } }));
  await expect.poll(() => refused.size, { timeout: 10_000 }).toBe(2000 - MAX_CALLS);
  expect((await ask(bench, '/healthz')).status).toBe(200);
  // A cancelled call frees its place.
  socket.send(JSON.stringify({ id: 1, cancel: true }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.send(JSON.stringify({ id: 5000, call: 'events.watch', input: {} }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(refused.has(5000)).toBe(false);
  socket.close();
});

it('b16: a body of 90,000 levels is refused', async () => {
  const body = `{"a":${'['.repeat(90_000)}${']'.repeat(90_000)}}`;
  const headers = { 'Content-Type': 'application/json' };
  const answer = await ask(bench, '/api/v1/baremetalhosts', { method: 'POST', headers, body });
  expect([answer.status, answer.json().code]).toEqual([400, 'E_BAD_INPUT']);
});
