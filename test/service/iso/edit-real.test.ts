import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { edit, type Edited } from '../../unit/iso/edit-view.ts';

/** The readers and writers that the world uses; on Debian as root the lab's set-up installs them. */
const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;
const has = (tool: string, flag = '--version') => spawnSync(tool, [flag]).error === undefined;

const work = mkdtempSync(join(tmpdir(), 'bootbench-edit-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(status)} ${error?.message ?? stderr}`);
  return stdout;
}

const FILES: Record<string, string> = {
  'boot/grub/grub.cfg': 'menuentry old { linux /kernel }\n',
  'boot/grub/loopback.cfg': 'source /boot/grub/grub.cfg\n',
  'isolinux/isolinux.cfg': 'label old\n',
  'EFI/BOOT/grub.cfg': 'menuentry old { linux /kernel }\n',
  'a-file-with-a-rather-long-name.conf': 'long\n',
  empty: '',
  kernel: 'k'.repeat(200_000),
};

function makeTree(): string {
  const folder = join(work, 'tree');
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const WRITERS: { name: string; tool: string; make: (out: string, tree: string) => void }[] = [
  {
    name: 'xorriso -as mkisofs -R -J',
    tool: 'xorriso',
    make: (out, tree) => run('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-J', '-V', 'LAB', '-o', out, tree]),
  },
  {
    name: 'xorriso without Rock Ridge, Joliet only',
    tool: 'xorriso',
    make: (out, tree) => run('xorriso', ['-as', 'mkisofs', '-quiet', '--norock', '-J', '-V', 'LAB', '-o', out, tree]),
  },
  {
    name: 'genisoimage -R -J',
    tool: 'genisoimage',
    make: (out, tree) => run('genisoimage', ['-quiet', '-R', '-J', '-V', 'LAB', '-o', out, tree]),
  },
  {
    name: 'genisoimage -iso-level 4 (two descriptors, one root)',
    tool: 'genisoimage',
    make: (out, tree) => run('genisoimage', ['-quiet', '-iso-level', '4', '-R', '-V', 'LAB', '-o', out, tree]),
  },
  {
    name: 'genisoimage -r (owners and modes made plain)',
    tool: 'genisoimage',
    make: (out, tree) => run('genisoimage', ['-quiet', '-r', '-J', '-input-charset', 'utf-8', '-V', 'LAB', '-o', out, tree]),
  },
  {
    name: 'grub-mkrescue (HFS+, GPT, El Torito)',
    tool: 'grub-mkrescue',
    make: (out, tree) => run('grub-mkrescue', ['-o', out, tree, '--', '-volid', 'LAB', '-joliet', 'on']),
  },
];

const NEW: Record<string, string> = {
  'boot/grub/grub.cfg': `menuentry new { linux /kernel }\n${'# grown\n'.repeat(600)}`,
  'isolinux/isolinux.cfg': 'label new\n',
  'EFI/BOOT/grub.cfg': 'menuentry mine { linux /kernel }\n',
};
const few = { 'ks.cfg': 'text\nreboot\n', 'autounattend.xml': `<unattend>${' '.repeat(5000)}</unattend>` };
const many = { ...few, ...Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`injected-${index}.cfg`, `n${index}\n`])) };

const bytes = (text: string) => Buffer.from(text);

async function patched(iso: Buffer, inject: Record<string, string>, out: string): Promise<Edited> {
  const edited = await edit(iso, {
    replace: Object.entries(NEW).map(([path, content]) => ({ path, bytes: bytes(content) })),
    inject: Object.entries(inject).map(([name, content]) => ({ name, bytes: bytes(content) })),
  });
  writeFileSync(out, edited.view);
  return edited;
}

function extractedTree(folder: string, expected: Record<string, string>): Record<string, string | undefined> {
  const read = (path: string) => {
    const file = join(folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  return Object.fromEntries(Object.keys(expected).map((path) => [path, read(path)]));
}

function fresh(name: string): string {
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

const READERS: Record<string, { tool: string; needsOrder?: boolean; read: (iso: string, expected: Record<string, string>) => unknown }> = {
  xorriso: {
    tool: 'xorriso',
    read: (iso, expected) => {
      const folder = fresh('xorriso-out');
      run('xorriso', ['-osirrox', 'on', '-indev', iso, '-extract', '/', folder]);
      const found = extractedTree(folder, expected);
      spawnSync('chmod', ['-R', 'u+rwx', folder]);
      return found;
    },
  },
  'isoinfo, Joliet or Rock Ridge': {
    tool: 'isoinfo',
    read: (iso, expected) => {
      const about = run('isoinfo', ['-d', '-i', iso]);
      const how = about.includes('Joliet with') ? '-J' : '-R';
      return Object.fromEntries(Object.keys(expected).map((path) => [path, run('isoinfo', [how, '-i', iso, '-x', `/${path}`])]));
    },
  },
  bsdtar: {
    tool: 'bsdtar',
    needsOrder: true,
    read: (iso, expected) => {
      const folder = fresh('bsdtar-out');
      run('bsdtar', ['-xf', iso, '-C', folder]);
      return extractedTree(folder, expected);
    },
  },
  '7z': {
    tool: '7z',
    read: (iso, expected) => {
      const folder = fresh('7z-out');
      run('7z', ['x', '-y', `-o${folder}`, iso]);
      return extractedTree(folder, expected);
    },
  },
};

describe.each(WRITERS)('an ISO of $name', ({ name, tool, make }) => {
  if (!mustHave && !has(tool)) return;
  const original = join(work, `${WRITERS.findIndex((writer) => writer.name === name)}.iso`);
  const made = () => {
    if (!existsSync(original)) make(original, makeTree());
    return readFileSync(original);
  };

  it.each([
    ['a few', few],
    ['many', many],
  ])('edited, with %s files added, is read alike by everybody', async (_, inject) => {
    const view = join(work, 'view.iso');
    const { receipt } = await patched(made(), inject, view);
    const moved = receipt.some(({ what }) => what === 'root relocated');
    expect(moved).toBe(inject === many);
    expect(Object.fromEntries(receipt.map(({ path, what }) => [path, what]))).toMatchObject({
      'boot/grub/grub.cfg': 'relocated',
      'isolinux/isolinux.cfg': 'in place',
      'ks.cfg': 'injected',
    });
    const expected = { ...FILES, ...NEW, ...inject };
    for (const [reader, { tool: program, needsOrder, read }] of Object.entries(READERS)) {
      // libarchive wants parents before children on the medium; no firmware does.
      if ((needsOrder && moved) || (!mustHave && !has(program))) continue;
      expect({ reader, found: read(view, expected) }).toEqual({ reader, found: expected });
    }
  });
});
