import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dashedMac } from '../../../contract/primitives.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { MAC } from '../../fixtures/data-fixture.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { runCommandLine } from '../management/command-line.ts';

let folder: string;
let appliance: Appliance;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replaced-'));
  appliance = await startOnLoopback(folder);
  write('lab.iso', 'first');
  await run('host', 'add', 'node1', '--mac', MAC, '--ip', '127.0.0.1');
});
afterEach(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An ISO with a text that tells it from others. */
function write(name: string, text: string): void {
  const files = [
    { path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz quiet\n') },
    { path: 'loader', bytes: Buffer.from('loader') },
    { path: 'text', bytes: Buffer.from(`this is the ${text} ISO`) },
  ];
  writeFileSync(join(folder, name), buildIso({ files, boot: { platform: 0, entries: [{ path: 'loader', platform: 0, count: 4 }] } }));
}

async function run(...argv: string[]): Promise<string> {
  const { code, out, err } = await runCommandLine(argv, { cwd: folder });
  expect([code, err], argv.join(' ')).toEqual([0, '']);
  return out;
}

const media = async (): Promise<string> => (JSON.parse(await run('media', 'node1', 'url', '--json')) as { url: string }).url;

async function read(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
  return answer.status === 200 ? text : `${answer.status} ${text}`;
}

async function addAndAssign(iso = 'lab.iso'): Promise<void> {
  await run('image', 'add', join(folder, iso), '--name', 'lab');
  await run('assign', 'node1', '--image', 'lab', '--args', 'lab.host=node1', '--always');
}

async function remove(): Promise<void> {
  await run('assign', 'node1', '--none');
  await run('image', 'remove', 'lab');
}

describe('an image that is removed and added again', () => {
  it('j7: with the same file: the medium has its URL again, and a machine’s first GET gets bytes', async () => {
    await addAndAssign();
    const url = await media();
    expect(await read(url)).toContain('quiet lab.host=node1');
    await remove();
    await addAndAssign();
    expect(await media()).toBe(url);
    expect(await read(url)).toContain('this is the first ISO');
    const script = await (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    const san = /sanboot --no-describe (\S+)/.exec(script)?.[1] ?? '';
    expect(await read(san)).toContain('quiet lab.host=node1');
  });

  it('j7: under its old name with another file (kubernetes-sigs/image-builder#251): the URL without a token gives the new ISO, the old one says that it is gone', async () => {
    await addAndAssign();
    const [old, bare] = [await media(), `${appliance.boot ?? ''}/iso/${dashedMac(MAC)}/lab.iso`];
    expect(await read(bare)).toContain('this is the first ISO');
    await remove();
    expect(await read(old)).toMatch(/^503 E_IMAGE_GONE: Image lab was removed\.\nAdd it again/);
    write('other.iso', 'second, and longer');
    await addAndAssign('other.iso');
    expect(await read(old)).toMatch(/^409 E_VIEW_CHANGED/);
    expect(await read(await media())).toContain('this is the second, and longer ISO');
    expect(await read(bare)).toContain('this is the second, and longer ISO');
  });

  it('j7: whose file is another one now, without being assigned anew (virtio-win-pkg-scripts#121): the URL without a token gives it', async () => {
    await addAndAssign();
    const bare = `${appliance.boot ?? ''}/iso/${dashedMac(MAC)}/lab.iso`;
    expect(await read(bare)).toContain('this is the first ISO');
    write('other.iso', 'second, and longer');
    await run('image', 'set', 'lab', '--source', join(folder, 'other.iso'));
    expect(await read(bare)).toContain('this is the second, and longer ISO');
  });

  it('j7: a receipt is never that of another host that had the MAC before', async () => {
    await addAndAssign();
    await media();
    await remove();
    await run('host', 'remove', 'node1');
    await run('host', 'add', 'node2', '--mac', MAC, '--ip', '127.0.0.1');
    const { code, err } = await runCommandLine(['receipt', 'node2'], { cwd: folder });
    expect([code, err]).toEqual([1, expect.stringContaining('node2 has no view of an ISO yet')]);
  });
});
