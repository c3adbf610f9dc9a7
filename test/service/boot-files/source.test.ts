import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootFileOffer } from '../../../contract/appliance.ts';
import type { BootFileEntry } from '../../../main-services/boot-files/catalogue.ts';
import { fetchFromSource, offersOf, type SourceOptions } from '../../../main-services/boot-files/fetch.ts';
import { readFetched, sha256Of } from '../../../main-services/boot-files/record.ts';
import { authorityCertificate, newKeys, serverCertificate } from '../../../main-services/http/tls/certificate.ts';
import { ipxeProgram, MACHINE } from '../../fixtures/boot-files.ts';

const PROGRAM = ipxeProgram();
const NEWER = ipxeProgram(MACHINE.x64, '1.22.0+ (test)');
const FILE: BootFileEntry = {
  name: 'ipxe.efi',
  aliases: [],
  architecture: 'x86-64 UEFI',
  source: { suite: 'trixie', package: 'ipxe', packageArchitecture: 'all', version: '1', path: '/usr/lib/ipxe/ipxe.efi' },
  sha256: sha256Of(Buffer.from('of Debian')),
  cost: 'Nothing boots.',
  sourcePaths: ['x86_64-efi/ipxe.efi', 'ipxe.efi'],
};

const authority = { name: 'Boot files', keys: await newKeys() };
const serverKeys = await newKeys();
const until = new Date(Date.now() + 3_600_000);
const ca = authorityCertificate(authority, until);
const key = serverKeys.privateKey.export({ type: 'pkcs8', format: 'pem' });
const cert = serverCertificate(authority, serverKeys.publicKey, ['127.0.0.1'], until);
let work: string;
let dir: string;
let closers: (() => void)[] = [];
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'boot-files-source-'));
  dir = join(work, 'files');
});
afterEach(() => {
  for (const close of closers) close();
  closers = [];
  rmSync(work, { recursive: true, force: true });
});

async function serve(listener: RequestListener, tls = true): Promise<string> {
  const server = tls ? createTlsServer({ key, cert }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/boot`;
}

/** A server that has these bytes at one path, and nothing else. */
const having = (path: string, bytes: () => Uint8Array): RequestListener => {
  return (request, response) => {
    if (request.url === path) response.end(bytes());
    else response.writeHead(404).end('none');
  };
};

function options(from: string, more: Partial<SourceOptions> = {}): SourceOptions {
  return { dir, from, cwd: work, files: [FILE], report: () => undefined, ca, ...more };
}

/** Confirms every offer, as `--yes` does. */
const everything = (offers: readonly BootFileOffer[]) =>
  Promise.resolve(Object.fromEntries(offers.filter(({ state }) => state === 'new').map(({ name, sha256 = '' }) => [name, sha256])));
const nothing = () => Promise.resolve(undefined);

describe('boot-files fetch --from', () => {
  it('installs what was confirmed, and records where it comes from', async () => {
    const from = await serve(having('/boot/x86_64-efi/ipxe.efi', () => PROGRAM));
    expect(await fetchFromSource(options(from), everything)).toEqual({ installed: ['ipxe.efi'], problems: [], missing: [] });
    expect(readFileSync(join(dir, 'ipxe.efi')).equals(PROGRAM)).toBe(true);
    expect(await readFetched(dir)).toEqual({
      'ipxe.efi': { origin: 'source', from: `${from}/x86_64-efi/ipxe.efi`, sha256: sha256Of(PROGRAM) },
    });
  });

  it('shows hash and facts before, and writes nothing without a confirmation', async () => {
    const from = await serve(having('/boot/ipxe.efi', () => PROGRAM));
    expect(await offersOf(options(from))).toEqual([
      expect.objectContaining({
        name: 'ipxe.efi',
        state: 'new',
        sha256: sha256Of(PROGRAM),
        size: PROGRAM.length,
        location: `${from}/ipxe.efi`,
      }),
    ]);
    const { installed, problems } = await fetchFromSource(options(from), nothing);
    expect(installed).toEqual([]);
    expect(problems.join()).toContain(`${sha256Of(PROGRAM)} was not confirmed`);
    expect(existsSync(dir)).toBe(false);
  });

  it('installs the same bytes again without a question, refuses others, and takes them when their hash is given', async () => {
    let bytes = PROGRAM;
    const from = await serve(having('/boot/ipxe.efi', () => bytes));
    await fetchFromSource(options(from), everything);
    expect(await fetchFromSource(options(from), nothing)).toMatchObject({ installed: ['ipxe.efi'], problems: [] });
    bytes = NEWER;
    const refused = await fetchFromSource(options(from), everything);
    expect(refused.installed).toEqual([]);
    expect(refused.problems.join()).toContain(`you confirmed ${sha256Of(PROGRAM)}`);
    expect(refused.problems.join()).toContain(`--sha256 ipxe.efi=${sha256Of(NEWER)}`);
    expect(readFileSync(join(dir, 'ipxe.efi')).equals(PROGRAM)).toBe(true);
    const accept = () => Promise.resolve({ 'ipxe.efi': sha256Of(NEWER) });
    expect((await fetchFromSource(options(from), accept)).installed).toEqual(['ipxe.efi']);
    expect(readFileSync(join(dir, 'ipxe.efi')).equals(NEWER)).toBe(true);
  });

  it('refuses a file whose hash is not the one demanded', async () => {
    const from = await serve(having('/boot/ipxe.efi', () => PROGRAM));
    const demand = () => Promise.resolve({ 'ipxe.efi': sha256Of(NEWER) });
    expect((await fetchFromSource(options(from), demand)).problems.join()).toContain(`is ${sha256Of(PROGRAM)}, not ${sha256Of(NEWER)}`);
    expect(existsSync(dir)).toBe(false);
  });

  const listeners: [string, RequestListener, RegExp][] = [
    ['a web page', (_request, response) => void response.end('<!DOCTYPE html><title>Sign in</title>'), /web page/],
    ['another machine', (_request, response) => void response.end(ipxeProgram(MACHINE.arm64)), /for ARM64, not for x86-64/],
    [
      'half of the file by Content-Length',
      (_request, response) => {
        response.writeHead(200, { 'Content-Length': PROGRAM.length });
        response.write(PROGRAM.subarray(0, 700), () => response.destroy());
      },
      /interrupted/,
    ],
    [
      'half of the file without a length',
      (_request, response) => void response.end(PROGRAM.subarray(0, PROGRAM.length - 20)),
      /neither a complete/,
    ],
    ['a server error', (_request, response) => void response.writeHead(503).end(), /status 503/],
    [
      'a redirect to http',
      (_request, response) => void response.writeHead(302, { Location: 'http://127.0.0.1:9/ipxe.efi' }).end(),
      /redirects to http:.*not encrypted/,
    ],
    ['redirects without end', (_request, response) => void response.writeHead(302, { Location: '/again' }).end(), /more than 5 times/],
  ];
  it.each(listeners)('refuses %s and writes nothing', async (_name, listener, sentence) => {
    const from = await serve(listener);
    const { installed, problems } = await fetchFromSource(options(from), everything);
    expect(installed).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(existsSync(dir)).toBe(false);
  });

  it('reports what the source does not have', async () => {
    const from = await serve((_request, response) => void response.writeHead(404).end());
    expect(await fetchFromSource(options(from), everything)).toEqual({ installed: [], problems: [], missing: ['ipxe.efi'] });
  });

  it('refuses a server whose certificate it does not trust', async () => {
    const from = await serve(having('/boot/ipxe.efi', () => PROGRAM));
    const { problems } = await fetchFromSource(options(from, { ca: undefined }), everything);
    expect(problems.join()).toMatch(/cannot be reached: .*certificate/);
  });

  it.each(['http://192.0.2.1/boot', 'ftp://127.0.0.1/boot', 'https://user:word@127.0.0.1/boot', 'no-such-folder'])(
    'refuses %s',
    async (from) => {
      await expect(offersOf(options(from))).rejects.toMatchObject({ code: 'E_BOOT_FILE_SOURCE' });
    },
  );

  it('takes plain HTTP from this computer', async () => {
    const from = await serve(
      having('/boot/ipxe.efi', () => PROGRAM),
      false,
    );
    expect((await fetchFromSource(options(from), everything)).installed).toEqual(['ipxe.efi']);
  });

  it('takes a folder', async () => {
    writeFileSync(join(work, 'ipxe.efi'), PROGRAM);
    expect((await fetchFromSource(options('.'), everything)).installed).toEqual(['ipxe.efi']);
  });

  it('stays with the user’s own file', async () => {
    writeFileSync(join(work, 'ipxe.efi'), PROGRAM);
    const own = { dir: join(work, 'own') };
    await fetchFromSource(options('.', own), everything);
    rmSync(join(work, 'own', '.fetched.json'));
    writeFileSync(join(work, 'ipxe.efi'), NEWER);
    expect(await fetchFromSource(options('.', own), everything)).toEqual({ installed: [], problems: [], missing: [] });
    expect(readFileSync(join(work, 'own', 'ipxe.efi')).equals(PROGRAM)).toBe(true);
  });

  it('interrupted, leaves the old file', async () => {
    let bytes = PROGRAM;
    const end = new AbortController();
    let isStopping = false;
    const from = await serve((request, response) => {
      if (!request.url?.endsWith('/boot/ipxe.efi')) return void response.writeHead(404).end();
      if (!isStopping) return void response.end(bytes);
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.write(bytes.subarray(0, 100), () => end.abort());
    });
    await fetchFromSource(options(from), everything);
    bytes = NEWER;
    isStopping = true;
    await expect(fetchFromSource(options(from, { signal: end.signal }), everything)).rejects.toThrow();
    expect(readFileSync(join(dir, 'ipxe.efi')).equals(PROGRAM)).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(['.confirmed.json', '.fetched.json', 'ipxe.efi']);
  });
});
