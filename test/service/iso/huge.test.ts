import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { openLocalFile } from '../../../main-services/iso/source/local-file.ts';
import { overlay, type Segment } from '../../../main-services/iso/source/overlay.ts';
import { planOverlay } from '../../../main-services/iso/planner.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { BIG, bytesAt, GIB, GRUB, SIZE, writeHugeIso } from './huge-iso.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';

const WORDS = ['console=ttyS0,115200', 'lab.host=node1', 'lab.sees=this'];
const INPUTS = {
  words: WORDS,
  files: [{ name: 'ks.cfg', bytes: Buffer.from('text\n') }],
  unattended: false,
};

let folder: string;
let iso: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'huge-'));
  iso = join(folder, 'huge.iso');
  writeHugeIso(iso);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without Rock Ridge's attributes it goes by the plain names. */
const xorriso = (...args: string[]): string => execFileSync('xorriso', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

async function withSource<T>(work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openLocalFile(iso);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

/** The view as a sparse file, made of its segments by somebody else's rules: every own byte written over a copy of the ISO. */
function writeView(segments: readonly Segment[]): { path: string; own: { at: number; length: number }[] } {
  const path = join(folder, 'view.iso');
  execFileSync('cp', ['--sparse=always', iso, path]);
  const file = openSync(path, 'r+');
  const own: { at: number; length: number }[] = [];
  let at = 0;
  for (const segment of segments) {
    if ('bytes' in segment) {
      writeSync(file, segment.bytes, 0, null, at);
      own.push({ at, length: segment.bytes.length });
      at += segment.bytes.length;
    } else {
      expect(segment.offset).toBe(at);
      at += segment.length;
    }
  }
  ftruncateSync(file, at);
  closeSync(file);
  return { path, own };
}

/** Where the view's own bytes hold a text. */
function placeOf(segments: readonly Segment[], text: string): number | undefined {
  let at = 0;
  for (const segment of segments) {
    if ('bytes' in segment && Buffer.from(segment.bytes).includes(text)) return at;
    at += 'bytes' in segment ? segment.bytes.length : segment.length;
  }
  return undefined;
}

function readAt(path: string, at: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } finally {
    closeSync(file);
  }
}

describe('a 6 GiB ISO with a 5 GiB file in two extents', () => {
  it('takes hardly any disk, and independent readers list it', () => {
    expect(statSync(iso).blocks * 512).toBeLessThan(1024 * 1024);
    expect(xorriso('-indev', `stdio:${iso}`, '-lsl', '/')).toMatch(new RegExp(`${BIG.size}.*'BIG.IMG'`));
    expect(execFileSync('isoinfo', ['-R', '-l', '-i', iso], { encoding: 'utf8' })).toContain('big.img');
  });

  it('is planned for a host in under 50 ms and 1 MB, and the tail begins above 2^32', async () => {
    await withSource(async (source) => {
      const index = await indexIso(source, { fullScan: false });
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const start = performance.now();
        const { segments } = await planOverlay(source, index, { ...INPUTS, words: [...WORDS, `lab.round=${round}`] });
        times.push(performance.now() - start);
        const own = segments.reduce((sum, segment) => sum + ('bytes' in segment ? segment.bytes.length : 0), 0);
        expect(own).toBeLessThan(1e6);
      }
      expect(times.sort((a, b) => a - b)[2]).toBeLessThan(50);
      const { segments } = await planOverlay(source, index, INPUTS);
      expect(placeOf(segments, WORDS.join(' '))).toBeGreaterThanOrEqual(SIZE);
    });
  });

  it('takes no longer for the very first host, when nothing of it was looked at since it was opened', async () => {
    const index = await withSource((source) => indexIso(source, { fullScan: false }));
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await withSource(async (source) => {
        const start = performance.now();
        await planOverlay(source, index, INPUTS);
        times.push(performance.now() - start);
      });
    }
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(50);
  });

  it('reads as a file that its segments are written into, wherever a range begins', async () => {
    await withSource(async (source) => {
      const { segments } = await planOverlay(source, await indexIso(source, { fullScan: false }), INPUTS);
      const view = overlay(source, segments, { etag: 'view' });
      const { path, own } = writeView(segments);
      expect(view.size).toBe(statSync(path).size);
      expect(view.size).toBeGreaterThan(SIZE);
      const around = [2 ** 31, 2 ** 32, BIG.at + 2 ** 32, BIG.at + BIG.first, 5e9, SIZE, view.size - 70_000, ...own.map(({ at }) => at)];
      for (const at of around) {
        const from = Math.max(0, at - 33_000);
        const length = Math.min(66_001, view.size - from);
        expect(Buffer.from(await view.read(from, length)).equals(readAt(path, from, length)), `at ${at}`).toBe(true);
      }

      expect(xorriso('-indev', `stdio:${path}`, '-lsl', '/')).toMatch(new RegExp(`${BIG.size}.*'BIG.IMG'`));
      mkdirSync(join(folder, 'out'));
      xorriso('-osirrox', 'on', '-indev', `stdio:${path}`, '-extract', '/BOOT/GRUB/GRUB.CFG', join(folder, 'out/grub.cfg'));
      xorriso('-osirrox', 'on', '-indev', `stdio:${path}`, '-extract', '/KS.CFG', join(folder, 'out/ks.cfg'));
      expect(readFileSync(join(folder, 'out/grub.cfg'), 'utf8')).toBe(GRUB.replace('quiet', `quiet ${WORDS.join(' ')}`));
      expect(readFileSync(join(folder, 'out/ks.cfg'), 'utf8')).toBe('text\n');
    });
  });
});

describe('a 6 GiB ISO, served', () => {
  let appliance: Appliance;
  let url: string;
  beforeAll(async () => {
    appliance = await startOnLoopback(join(folder, 'data'));
    const { inventory } = appliance.rooms;
    inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'text\n' } }));
    const image = ImageInput.parse({ name: 'huge', source: { type: 'file', path: iso }, bootConfigs: ['ks'] });
    // As an import tells it, so that 6 GiB of zeros are not searched.
    await inventory.addImage(image, { sha256: '0'.repeat(64), placeholderOffsets: [] });
    inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
    inventory.assign('node1', AssignmentInput.parse({ image: 'huge', config: 'ks', args: WORDS.join(' ') }));
    const script = await (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    url = /sanboot --no-describe (\S+)/.exec(script)?.[1] ?? '';
  });
  afterAll(() => appliance.stop());

  async function range(of: string, from: number, length: number): Promise<{ bytes: Buffer; total: number }> {
    const answer = await fetch(of, { headers: { Range: `bytes=${from}-${from + length - 1}` } });
    expect(answer.status).toBe(206);
    return {
      bytes: Buffer.from(await answer.arrayBuffer()),
      total: Number(/\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1]),
    };
  }

  it('h1: over HTTP to a 64-bit iPXE only; a 32-bit one boots over iSCSI, or is told why not on its screen', async () => {
    const script = async (query: string): Promise<string> => (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}${query}`)).text();
    const narrow = await script('&arch=i386');
    expect(narrow).toMatch(/\nsanboot iscsi:\S+:iqn\S+ /);
    expect(narrow).not.toContain('sanboot --no-describe');
    for (const build of ['x86_64', 'arm64', '']) expect(await script(`&arch=${build}`)).toContain(`sanboot --no-describe ${url}`);
    appliance.rooms.inventory.assign('node1', AssignmentInput.parse({ image: 'huge', method: 'http-san' }));
    const refused = await script('&arch=i386');
    expect(refused).toMatch(/E_BOOT_METHOD: huge cannot be booted over HTTP by this machine\. The medium has 6\.0 GiB.*32-bit iPXE/);
    expect(refused).toMatch(/iscsi.*UEFI.*virtual media/);
    expect(refused).not.toContain('sanboot');
    const types = appliance.rooms.activity.history({ host: 'node1', limit: 5 }).map(({ type }) => type);
    expect(types).toContain('script.refused');
    appliance.rooms.inventory.assign('node1', AssignmentInput.parse({ image: 'huge' }));
  });

  it('h1: explain says so before the machine comes', async () => {
    const { boot } = appliance.rooms;
    const bios = await boot.explain('node1', 0);
    const script = bios.steps.find(({ stage }) => stage === 'script');
    expect(script?.reasons.join(' ')).toMatch(/The medium has 6\.0 GiB, and .* 32-bit iPXE/);
    expect((await boot.explain('node1', 7)).script).toContain('sanboot');
  });

  it('h1: a reimage by PXE of a machine that came by BIOS uses iSCSI', async () => {
    const { boot, inventory } = appliance.rooms;
    inventory.recordFacts('node1', { firmwareArch: 0 });
    expect((await boot.netboot('node1')).method).toBe('iscsi');
    inventory.recordFacts('node1', { firmwareArch: 7 });
    expect((await boot.netboot('node1')).method).toBe('http-san');
  });

  it('by ranges across 2^31, 2^32 and the border of the extents', async () => {
    for (const at of [2 ** 31, 2 ** 32, BIG.at + 2 ** 32, BIG.at + BIG.first, BIG.at + BIG.size]) {
      const { bytes, total } = await range(url, at - 20_001, 40_003);
      expect(bytes.equals(bytesAt(at - 20_001, 40_003)), `at ${at}`).toBe(true);
      expect(total).toBeGreaterThan(SIZE);
    }
  });

  it('with a tail above 2^32 that holds the grown boot configuration', async () => {
    const { total } = await range(url, 0, 1);
    const { bytes } = await range(url, SIZE, total - SIZE);
    expect(bytes.toString('latin1')).toContain('lab.sees=this');
    const beyond = await fetch(url, { headers: { Range: `bytes=${total}-` } });
    expect(beyond.status).toBe(416);
  });

  it('file by file: ranges of the 5 GiB file, and the grown one', async () => {
    const files = url.replace('/iso/', '/iso-files/').replace(/[^/]+\.iso$/, '');
    for (const at of [0, 2 ** 31, 2 ** 32, BIG.first, 5 * GIB]) {
      const from = Math.max(0, at - 20_001);
      const length = Math.min(40_003, BIG.size - from);
      const { bytes, total } = await range(`${files}big.img`, from, length);
      expect(bytes.equals(bytesAt(BIG.at + from, length)), `at ${at}`).toBe(true);
      expect(total).toBe(BIG.size);
    }
    const grub = await (await fetch(`${files}boot/grub/grub.cfg`)).text();
    expect(grub).toContain(WORDS.join(' '));
    expect(grub.length).toBeGreaterThan(2048);
  });
});
