import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../contract/changes.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { WATCH_TIMING } from '../../../main-services/management/rest/watch.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { ask } from './requests.ts';
import { readWatch, type Line } from './watching.ts';

const HOSTS = '/api/v1/baremetalhosts';
const CONFIGS = '/api/v1/bootconfigs';
const TIMING = { ...WATCH_TIMING };

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
  // A watch after number 0 begins with the current set.
  addConfig('first');
});
afterEach(() => Object.assign(WATCH_TIMING, TIMING));
afterAll(() => bench.stop());

const macOf = (number: number): string => `52:54:00:00:${number.toString(16).padStart(4, '0').replace(/^../, '$&:')}`;
const addHost = (name: string, number: number) => bench.inventory.addHost(HostInput.parse({ name, interfaces: [{ mac: macOf(number) }] }));
const addConfig = (name: string, text = '') => bench.inventory.addConfig({ name, format: 'other', files: { a: text }, description: '' });
const lastVersion = (): string => String(bench.db.lastSeq());
const versionOf = (line: Line | undefined): string => line?.object.metadata.resourceVersion ?? '';
const change = (line: Line): string => `${versionOf(line)} ${line.type} ${line.object.metadata.name}`;
const isChange = ({ type }: Line): boolean => type !== 'BOOKMARK';

/** What a watch of `kind` has to tell, as `change` writes it. */
function recordChanges(kind: Change['kind']): { told: string[]; stop(): void } {
  const told: string[] = [];
  const stop = bench.db.onChanges((changes) => {
    for (const each of changes) if (each.kind === kind) told.push(`${each.seq} ${each.op} ${each.name}`);
  });
  return { told, stop };
}

/** Reads until there are `wanted` changes, cuts each connection where `isPiece` says so, and resumes after its last line. */
async function readInPieces(
  path: string,
  wanted: number,
  isPiece: (lines: readonly Line[]) => boolean,
): Promise<{ seen: string[]; connections: number }> {
  let version = lastVersion();
  let connections = 0;
  const seen: string[] = [];
  while (seen.length < wanted) {
    const lines = await readWatch(
      bench,
      `${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`,
      (got) => isPiece(got) || seen.length + got.filter(isChange).length >= wanted,
    );
    connections++;
    version = versionOf(lines.at(-1));
    seen.push(...lines.filter(isChange).map(change));
  }
  return { seen, connections };
}

describe('a watch that is cut off again and again', () => {
  it('over 1,000 connections during 10,000 changes none is missed and none comes twice, in order', async () => {
    WATCH_TIMING.bookmarkMs = 3;
    for (let number = 0; number < 20; number++) addHost(`rack-${number}`, number);
    addConfig('busy');
    const [hosts, configs] = [recordChanges('host'), recordChanges('config')];
    const write = async (): Promise<void> => {
      for (let round = 0; round < 400; round++) {
        bench.db.write(() => {
          addHost(`new-${round}`, 1000 + round);
          for (let each = 0; each < 23; each++)
            bench.inventory.patchHost(`rack-${(round + each) % 20}`, { vars: { round: `${round}.${each}` } });
          bench.inventory.removeHost(`new-${round}`);
          bench.inventory.patchConfig('busy', { description: String(round) });
        });
        await new Promise(setImmediate);
      }
    };
    const [ofHosts, ofConfigs] = await Promise.all([
      readInPieces(HOSTS, 10_000, (lines) => lines.length === 10),
      readInPieces(CONFIGS, 400, (lines) => lines.at(-1)?.type === 'BOOKMARK'),
      write(),
    ]);
    hosts.stop();
    configs.stop();
    expect(hosts.told).toHaveLength(10_000);
    expect(ofHosts.connections).toBeGreaterThanOrEqual(1000);
    expect(ofConfigs.connections).toBeGreaterThan(10);
    expect(ofHosts.seen).toEqual(hosts.told);
    expect(ofConfigs.seen).toEqual(configs.told);
  }, 120_000);

  it('a reader that leaves at once is forgotten', async () => {
    const { port, hostname } = new URL(bench.management.url);
    const request = `GET ${HOSTS}?watch=true HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${bench.token}\r\n\r\n`;
    const counts = { open: 0 };
    const { onChanges } = bench.db;
    const subscribed = vi.spyOn(bench.db, 'onChanges').mockImplementation((listener) => {
      const unsubscribe = onChanges(listener);
      counts.open++;
      return () => {
        counts.open--;
        unsubscribe();
      };
    });
    const leave = async (after: number): Promise<void> => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(request);
      await new Promise((resolve) => setTimeout(resolve, after));
      socket.resetAndDestroy();
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => leave(index * 10)));
    const stayed = connect(Number(port), hostname);
    stayed.write(request);
    await vi.waitFor(() => expect(counts.open).toBe(1), { timeout: 5000 });
    stayed.destroy();
    await vi.waitFor(() => expect(counts.open).toBe(0), { timeout: 5000 });
    subscribed.mockRestore();
  });
});

describe('where a watch begins', () => {
  it.each(['x', '-1', '1.5', '1e3', '0x10', ' 1', '1'.repeat(16), '٣'])('resourceVersion=%s is 400', async (version) => {
    for (const watch of ['&watch=true', '']) {
      const answer = await ask(bench, `${HOSTS}?resourceVersion=${encodeURIComponent(version)}${watch}`);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 'E_BAD_INPUT' });
    }
  });

  it('from the current set, or from now on, or with a bookmark after the set', async () => {
    const path = `${HOSTS}?watch=true&fieldSelector=metadata.name=rack-1&timeoutSeconds=1`;
    const [set, now, marked] = await Promise.all([
      readWatch(bench, path),
      readWatch(bench, `${path}&sendInitialEvents=false`),
      readWatch(bench, `${path}&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersion=${lastVersion()}`),
    ]);
    expect(set.map(({ type, object }) => [type, object.metadata.name])).toEqual([['ADDED', 'rack-1']]);
    expect(now).toEqual([]);
    expect(marked.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'BOOKMARK']);
    expect(marked[1]?.object.metadata).toMatchObject({
      resourceVersion: lastVersion(),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
    expect(marked[2]?.object.metadata.annotations).toBeUndefined();
  });

  it('cut off in the current set, a reader resumes there and gets each object once', async () => {
    const hosts = bench.inventory.listHosts().length;
    const first = await readWatch(bench, `${HOSTS}?watch=true`, (lines) => lines.length === hosts - 2);
    const rest = await readWatch(bench, `${HOSTS}?watch=true&resourceVersion=${versionOf(first.at(-1))}&timeoutSeconds=1`);
    // Of an object that was gone before the set was read there may be a DELETED only.
    const names = [...first, ...rest].filter(({ type }) => type !== 'DELETED').map(({ object }) => object.metadata.name);
    expect(names.sort()).toEqual(bench.inventory.listHosts().map(({ name }) => name));
  });
});

describe('how a watch goes on and ends', () => {
  it('timeoutSeconds ends it, and a bookmark there counts the changes of other kinds too', async () => {
    const lines = readWatch(bench, `${HOSTS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=${lastVersion()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    addConfig('other');
    const [only, ...others] = await lines;
    expect(others).toEqual([]);
    expect(only).toMatchObject({ type: 'BOOKMARK', object: { kind: 'BareMetalHost', metadata: { resourceVersion: lastVersion() } } });
    expect((await ask(bench, `${HOSTS}?watch=true&timeoutSeconds=soon`)).status).toBe(400);
  });

  it('one object is watched through its deletion and beyond', async () => {
    const path = `${HOSTS}/gone?watch=true&resourceVersion=${lastVersion()}`;
    const lines = readWatch(bench, path, (got) => got.length === 3);
    addHost('gone', 6000);
    bench.inventory.removeHost('gone');
    addHost('gone', 6001);
    const got = await lines;
    expect(got.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'ADDED']);
    expect(got[1]?.object.spec).toMatchObject({ bootMACAddress: macOf(6000).toUpperCase() });
    expect(new Set(got.map((line) => versionOf(line))).size).toBe(3);
    expect(await readWatch(bench, path, (again) => again.length === 3)).toEqual(got);
  });

  it('a reader that stops reading is cut off, costs a bounded buffer, and resumes without a loss', async () => {
    WATCH_TIMING.stalledMs = 300;
    const version = lastVersion();
    const { told, stop } = recordChanges('config');
    const text = 'x'.repeat(100_000);
    addConfig('large', text);
    bench.db.write(() => {
      for (let each = 0; each < 400; each++) bench.inventory.patchConfig('large', { description: String(each) });
    });
    stop();
    const { port, hostname } = new URL(bench.management.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const path = `${CONFIGS}?watch=true&resourceVersion=${version}`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${bench.token}\r\n\r\n`);
    const before = process.memoryUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { external, arrayBuffers } = process.memoryUsage();
    expect(external + arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(16_000_000);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    const read = Buffer.concat(chunks).toString('latin1');
    const seen = read.split('\r\n').flatMap((piece) => (/^\{"type".*\}\n$/s.test(piece) ? [JSON.parse(piece) as Line] : []));
    expect(seen.length).toBeLessThan(told.length);
    const since = seen.length > 0 ? versionOf(seen.at(-1)) : version;
    const rest = await readWatch(
      bench,
      `${CONFIGS}?watch=true&resourceVersion=${since}`,
      (got) => seen.length + got.length === told.length,
    );
    expect([...seen, ...rest].map(change)).toEqual(told);
  }, 60_000);
});

describe('changes that are no longer stored', () => {
  it('a number whose changes are no longer stored is 410, and so is one that was never given', async () => {
    bench.db.main.exec('DELETE FROM changes WHERE seq <= 10');
    for (const version of ['1', String(bench.db.lastSeq() + 1), '999999999999999']) {
      const answer = await ask(bench, `${HOSTS}?watch=true&resourceVersion=${version}`, { headers: { Accept: 'application/json' } });
      expect([version, answer.status]).toEqual([version, 410]);
      expect(answer.json()).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'Expired',
        code: 410,
        details: { code: 'E_EXPIRED' },
      });
    }
  });

  it('a watch whose place is lost while it is read ends with an ERROR line that says 410', async () => {
    const version = lastVersion();
    const lines = readWatch(bench, `${HOSTS}?watch=true&resourceVersion=${version}`);
    addHost('first', 5001);
    await new Promise((resolve) => setTimeout(resolve, 50));
    bench.db.write(() => {
      addHost('second', 5002);
      addHost('third', 5003);
      bench.db.main.exec(`DELETE FROM changes WHERE seq <= ${bench.db.lastSeq() - 1}`);
    });
    expect((await lines).map(({ type, object }) => [type, object.code])).toEqual([
      ['ADDED', undefined],
      ['ERROR', 'E_EXPIRED'],
    ]);
  });
});
