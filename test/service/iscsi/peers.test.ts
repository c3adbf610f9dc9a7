import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IscsiTarget, TARGET_NAME } from '../../fixtures/iscsi-target.ts';

const PEERS = ['/usr/bin/iscsi-test-cu', '/usr/bin/qemu-img', '/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so'];
/** Where the packages are absent outside CI, these tests are skipped. */
const hasPeers = PEERS.every((path) => existsSync(path)) || process.env.CI !== undefined;

const BYTES = randomFillSync(Buffer.alloc(8 * 1_048_576));
const CHAP = { name: 'user', secret: 'a-long-secret' };

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 60_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

let dir: string;
let disk: IscsiTarget;
let cd: IscsiTarget;
let locked: IscsiTarget;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'iscsi-'));
  disk = await IscsiTarget.start({ device: 'disk', bytes: BYTES });
  cd = await IscsiTarget.start({ device: 'cd', bytes: BYTES });
  locked = await IscsiTarget.start({ device: 'disk', bytes: BYTES, chap: CHAP });
});

afterAll(async () => {
  for (const target of [disk, cd, locked]) await target[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

describe.skipIf(!hasPeers)('libiscsi', () => {
  test('discovers the target', async () => {
    const { code, output } = await run('iscsi-ls', [`iscsi://127.0.0.1:${disk.port}`]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(TARGET_NAME) as string });
  });

  test('identifies a disk and a CD', async () => {
    expect((await run('iscsi-inq', [disk.url()])).output).toMatch(/DIRECT_ACCESS[\s\S]*VIRTUAL DISK/);
    expect((await run('iscsi-inq', [cd.url()])).output).toMatch(/MMC[\s\S]*VIRTUAL CD/);
    expect((await run('iscsi-readcapacity16', [disk.url()])).output).toContain(String(BYTES.length));
  });

  test('reads with header digests', async () => {
    const { output } = await run('iscsi-readcapacity16', [`${disk.url()}?header_digest=crc32c`]);
    expect(output).toContain(String(BYTES.length));
  });

  test('logs in with CHAP, and not with another secret or without one', async () => {
    expect((await run('iscsi-readcapacity16', [locked.url(`${CHAP.name}%${CHAP.secret}@`)])).output).toContain(String(BYTES.length));
    expect((await run('iscsi-readcapacity16', [locked.url(`${CHAP.name}%wrong-secret@`)])).code).not.toBe(0);
    expect((await run('iscsi-readcapacity16', [locked.url()])).code).not.toBe(0);
  });

  test.each([
    'SCSI.Inquiry',
    'SCSI.Mandatory',
    'SCSI.ModeSense6',
    'SCSI.Prefetch10',
    'SCSI.Prefetch16',
    'SCSI.Read6',
    'SCSI.Read10',
    'SCSI.Read12',
    'SCSI.Read16',
    'SCSI.ReadCapacity10',
    'SCSI.ReadCapacity16',
    'iSCSI.iSCSIcmdsn',
    'iSCSI.iSCSIResiduals',
    '-d SCSI.ReadOnly',
  ])('iscsi-test-cu %s passes', { timeout: 60_000 }, async (name) => {
    // Tests that write run only with -d: the others that do are skipped by iscsi-test-cu, which counts them as passed.
    const [family = '', ...options] = name.split(' ').reverse();
    const { output } = await run('iscsi-test-cu', [...options, '-f', `-t${family}`, disk.url()]);
    const [, total, ran, passed, failed] = /^\s*tests\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(output) ?? [];
    expect({ passed, failed, output: failed === '0' ? '' : output }).toEqual({ passed: ran, failed: '0', output: '' });
    expect(Number(total)).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasPeers)('QEMU', () => {
  test.each([
    ['a disk', () => disk, 'none'],
    ['a CD', () => cd, 'none'],
    ['a disk with header digests', () => disk, 'crc32c'],
  ] as const)('reads every byte of %s', { timeout: 60_000 }, async (name, target, digest) => {
    const copy = join(dir, `${name}.raw`);
    const options = [
      `driver=iscsi`,
      'transport=tcp',
      `portal=127.0.0.1:${target().port}`,
      `target=${TARGET_NAME}`,
      'lun=0',
      `header-digest=${digest}`,
    ];
    const { code, output } = await run('qemu-img', ['convert', '-O', 'raw', '--image-opts', options.join(','), copy]);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    expect(readFileSync(copy).equals(BYTES)).toBe(true);
  });
});
