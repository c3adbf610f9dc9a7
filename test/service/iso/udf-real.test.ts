import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coreosPatches } from '../../../main-services/iso/coreos/areas.ts';
import { openTail } from '../../../main-services/iso/iso9660/edited-image.ts';
import { copyOnWrite } from '../../../main-services/iso/source/copy-on-write.ts';
import { editTree } from '../../../main-services/iso/edit/tree.ts';
import { openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay, patchInPlace } from '../../../main-services/iso/source/overlay.ts';
import { noPromptPatch } from '../../../main-services/iso/udf/no-prompt.ts';
import { addToUdf } from '../../../main-services/iso/udf/udf-edit.ts';
import { openUdf, type UdfVolume } from '../../../main-services/iso/udf/udf-volume.ts';
import { findUkis } from '../../../main-services/iso/efi/uki.ts';

/** The readers and writers that the world uses; on Debian as root the lab's set-up installs them. */
const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;
const hasAll = ['genisoimage', 'udfinfo', 'mkudffs', '7z', 'objcopy', 'cpio'].every((tool) => !spawnSync(tool, ['--version']).error);

const work = mkdtempSync(join(tmpdir(), 'bootbench-udf-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(command: string, args: readonly string[], input?: Buffer): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, input, env: TOOLS });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(status)} ${error?.message ?? stderr}`);
  return stdout;
}

const TOOLS = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

const FILES: Record<string, Buffer> = {
  'setup.exe': Buffer.from('old setup'),
  'sources/boot.wim': Buffer.alloc(3_000_000, 'wim'),
  'sources/lang.ini': Buffer.from('[lang]\n'),
  'efi/microsoft/boot/efisys.bin': Buffer.alloc(4096, 'asks'),
  'efi/microsoft/boot/efisys_noprompt.bin': Buffer.alloc(8192, 'silent'),
  'boot/etfsboot.com': Buffer.alloc(4096, 'bios'),
  'Größe.txt': Buffer.from('ö'),
  empty: Buffer.alloc(0),
};
const NEW: Record<string, Buffer> = {
  'autounattend.xml': Buffer.from('<unattend/>\n'.repeat(500)),
  '設定 with a long name.txt': Buffer.from('wide'),
  'setup.exe': Buffer.from('new setup'.repeat(500)),
  ...Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`more-${index}.cfg`, Buffer.from(`${index}`)])),
};

/** Nothing is put behind an image that is refused. */
const NO_TAIL = openTail(copyOnWrite(memorySource(new Uint8Array(0))), 0);

async function inject(image: Buffer): Promise<Buffer> {
  const source = memorySource(image);
  const files = Object.entries(NEW).map(([name, bytes]) => ({ name, bytes }));
  const { segments } = await editTree(source, { replace: [], inject: [], udf: { inject: files } });
  const view = overlay(source, segments, { etag: 'x' });
  return Buffer.from(await view.read(0, view.size));
}

async function contents(image: Buffer, volume: UdfVolume | undefined): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for await (const { path, directory, extents } of volume!.walk()) {
    if (!directory) found[path] = Buffer.concat(extents.map(({ offset, length }) => image.subarray(offset, offset + length)));
  }
  return found;
}

function extracted(image: string): Record<string, Buffer | undefined> {
  const folder = join(work, '7z-out');
  rmSync(folder, { recursive: true, force: true });
  run('7z', ['x', '-y', '-tudf', `-o${folder}`, image]);
  const names = [...Object.keys(FILES), ...Object.keys(NEW)];
  return Object.fromEntries(names.map((name) => [name, existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined]));
}

/** What udfinfo says; warnings of the tool are errors here. */
function udfinfo(image: string): Record<string, string> {
  const { stdout, stderr, status } = spawnSync('udfinfo', [image], { encoding: 'utf8', env: TOOLS });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}

describe.runIf(mustHave || hasAll)('a disc of genisoimage -udf', () => {
  const path = join(work, 'windows.iso');
  let original: Buffer;
  beforeAll(() => {
    const folder = join(work, 'tree');
    for (const [name, bytes] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const bios = ['-b', 'boot/etfsboot.com', '-no-emul-boot', '-boot-load-size', '8'];
    const uefi = ['-eltorito-alt-boot', '-e', 'efi/microsoft/boot/efisys.bin', '-no-emul-boot'];
    run('genisoimage', ['-quiet', '-udf', '-input-charset', 'utf-8', '-V', 'CCCOMA_X64FRE', '-o', path, ...bios, ...uefi, folder]);
    original = readFileSync(path);
  });

  it('is read as it was written', async () => {
    const volume = await openUdf(memorySource(original));
    expect(volume?.volumeId).toBe('CCCOMA_X64FRE');
    const found = await contents(original, volume);
    delete found['boot.catalog'];
    delete found['boot/boot.catalog'];
    delete found['boot.cat'];
    expect(found).toEqual(FILES);
  });

  it('gets files into its root, for 7z, udfinfo and our own reader', async () => {
    const view = await inject(original);
    const out = join(work, 'edited.iso');
    writeFileSync(out, view);
    const expected = { ...FILES, ...NEW };
    expect(extracted(out)).toEqual(expected);
    expect(await contents(view, await openUdf(memorySource(view)))).toMatchObject(expected);
    const [before, after] = [udfinfo(path), udfinfo(out)];
    expect(Number(after.numfiles)).toBe(Number(before.numfiles) + Object.keys(NEW).length - 1);
    expect(after).toMatchObject({ integrity: 'closed', label: 'CCCOMA_X64FRE', behindblocks: '0' });
  });

  it('can be made to boot by UEFI without asking for a key', async () => {
    const source = memorySource(original);
    const volume = await openIso(source);
    const udf = await openUdf(source);
    const patch = (await noPromptPatch(source, volume, udf!))!;
    const view = overlay(source, patchInPlace(original.length, [patch]), { etag: 'x' });
    const silent = (await udf!.lookup('efi/microsoft/boot/efisys_noprompt.bin'))!.extents[0]!;
    const catalog = Buffer.from(await view.read(volume.bootCatalog!.offset, 2048));
    expect(catalog.readUInt32LE(96 + 8) * 2048).toBe(silent.offset);
    expect(patch).toMatchObject({ offset: volume.bootCatalog!.offset + 96 + 6 });
  });

  it('shows files that only its UDF tree has', async () => {
    const source = memorySource(original);
    const plain = await openIsoFile(source, 'sources/lang.ini');
    expect(Buffer.from(await plain.read(0, plain.size)).toString()).toBe('[lang]\n');
    const edited = memorySource(await inject(original));
    const file = await openIsoFile(edited, '/AUTOUNATTEND.xml');
    expect(Buffer.from(await file.read(0, file.size))).toEqual(NEW['autounattend.xml']);
    await expect(openIsoFile(edited, 'nowhere.xml')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});

describe.runIf(mustHave || hasAll)('a volume of mkudffs', () => {
  it.each(['1.02', '1.50', '2.01'])('of revision %s is recognised, and refused for changes: it is one to write on', async (revision) => {
    const path = join(work, `mkudffs-${revision}.img`);
    writeFileSync(path, Buffer.alloc(8 << 20));
    run('mkudffs', ['-b', '2048', '--media-type=hd', `--udfrev=${revision}`, '--label=LAB', path]);
    const image = readFileSync(path);
    const volume = await openUdf(memorySource(image));
    expect(volume?.volumeId).toBe('LAB');
    expect(await contents(image, volume)).toEqual({});
    // Without an ISO 9660 tree it is no image that can be served; the UDF room alone says why it cannot change.
    const adding = addToUdf({ size: image.length, pages: copyOnWrite(memorySource(image)), tail: NO_TAIL }, []);
    await expect(adding).rejects.toMatchObject({ code: 'E_IMAGE_EDIT', message: expect.stringContaining('finished discs') as unknown });
  });
});

describe.runIf(mustHave || hasAll)('what other tools say', () => {
  it('cpio lists one file, config.ign, in what is embedded for Ignition', () => {
    const config = Buffer.from(JSON.stringify({ ignition: { version: '3.4.0' }, text: 'ö'.repeat(301) }));
    const [patch] = coreosPatches({ ignition: { offset: 0, length: 262_144 } }, undefined, config);
    const archive = spawnSync('gunzip', ['-c'], { input: patch!.bytes, maxBuffer: 1 << 24 }).stdout;
    expect(run('cpio', ['-itv', '--quiet'], archive)).toMatch(/^-rw-r--r--\s+1 root\s+root\s+\d+ Jan\s+1\s+1970 config\.ign\n$/);
    const folder = join(work, 'cpio');
    mkdirSync(folder);
    run('cpio', ['-i', '--quiet', '-D', folder], archive);
    expect(readFileSync(join(folder, 'config.ign'))).toEqual(config);
  });

  it.runIf(existsSync('/usr/lib/systemd/boot/efi/linuxx64.efi.stub'))('objcopy makes a kernel image of systemd’s stub', async () => {
    const stub = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
    const text = join(work, 'cmdline');
    const uki = join(work, 'uki.efi');
    writeFileSync(text, 'talos.platform=metal');
    run('objcopy', ['--add-section', `.cmdline=${text}`, '--change-section-vma', '.cmdline=0x30000', stub, uki]);
    const paths = [uki, '/usr/lib/systemd/boot/efi/systemd-bootx64.efi', stub];
    const files = paths.map((path, index) => {
      const bytes = readFileSync(path);
      const read = (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length));
      return { path: `EFI/Linux/${index}.efi`, size: bytes.length, read };
    });
    expect(await findUkis(files)).toEqual(['EFI/Linux/0.efi']);
  });
});
