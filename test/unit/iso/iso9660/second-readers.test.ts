import { describe, expect, it } from 'vitest';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { editTree } from '../../../../main-services/iso/edit/tree.ts';
import { listDirectory } from '../../../../main-services/iso/iso9660/directory.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { buildIso, pack, record, SECTOR, type TestFile } from '../build-iso.ts';

// What `npm run differential` found: our reader and every other one disagreed.

const file = (path: string, more: Partial<TestFile> = {}): TestFile => ({ path, bytes: Buffer.from(path), ...more });
const link = (path: string, target: string): TestFile => ({ path, bytes: Buffer.alloc(0), link: target });

async function paths(iso: Buffer): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of (await openIso(memorySource(iso))).walk()) found.push(path);
  return found.sort();
}

async function contentOf(iso: Buffer, path: string): Promise<string> {
  const opened = await openIsoFile(memorySource(iso), path);
  return Buffer.from(await opened.read(0, opened.size)).toString();
}

describe('names', () => {
  it('of Rock Ridge come before plain ones, which can be the name of another file', async () => {
    const iso = buildIso({ files: [file('Case.txt', { plain: 'CASE.TXT' }), file('CASE.TXT', { plain: 'CASE000.TXT' })] });
    expect(await contentOf(iso, 'CASE.TXT')).toBe('CASE.TXT');
    expect(await contentOf(iso, 'Case.txt')).toBe('Case.txt');
    expect(await contentOf(iso, 'case000.txt')).toBe('CASE.TXT');
  });

  it('of folders are shown with their dot at the end, and with what looks like a version', async () => {
    const files = ['end./a', 'name;1/b'].map((path) => file(path, { plain: 'F.DAT' }));
    const expected = ['end.', 'end./a', 'name;1', 'name;1/b'];
    expect(await paths(buildIso({ files, rockRidge: false, joliet: true }))).toEqual(expected);
    expect(await paths(buildIso({ files, rockRidge: false }))).toEqual(['END.', 'END./F.DAT', 'NAME_1', 'NAME_1/F.DAT']);
  });

  it('of Joliet without a version end in their own dot', async () => {
    expect(await paths(buildIso({ files: [file('tail.'), file('a;')], rockRidge: false, joliet: true }))).toEqual(['a;', 'tail.']);
    expect(await paths(buildIso({ files: [file('x', { plain: 'TAIL.' })], rockRidge: false }))).toEqual(['TAIL']);
  });
});

describe('symbolic links', () => {
  const files = [
    file('pool/linux/vmlinuz'),
    link('vmlinuz', 'pool/linux/vmlinuz'),
    link('pool/up', '../pool/./linux'),
    link('root', '/pool'),
    link('loop', 'loop'),
    link('away', 'nowhere'),
    link('above', '../../../vmlinuz'),
  ];
  const iso = buildIso({ files });

  it.each(['vmlinuz', 'pool/up/vmlinuz', 'root/linux/vmlinuz', 'root/up/VMLINUZ', 'above'])(
    '%s opens as the file it leads to',
    async (path) => {
      expect(await contentOf(iso, path)).toBe('pool/linux/vmlinuz');
    },
  );

  it.each(['loop', 'away', 'loop/x', 'vmlinuz/x'])('%s leads to no file', async (path) => {
    await expect(contentOf(iso, path)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('are walked as links, with their text', async () => {
    const links: Record<string, string> = {};
    for await (const entry of (await openIso(memorySource(iso))).walk()) if (entry.link !== undefined) links[entry.path] = entry.link;
    expect(links).toEqual(
      Object.fromEntries(files.filter(({ link: text }) => text !== undefined).map(({ path, link: text }) => [path, text])),
    );
  });

  it('are not replaced by a file: systems would follow them still', async () => {
    const edits = { replace: [], inject: [{ name: 'away', bytes: Buffer.from('x') }] };
    await expect(editTree(memorySource(iso), edits)).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });
});

describe('a wrong byte', () => {
  it('in the length of one name leaves out that file alone', async () => {
    const iso = buildIso({ files: [file('a.cfg'), file('b.cfg'), file('c.cfg')], rockRidge: false });
    iso[iso.indexOf('B.CFG;1') - 1] = 200;
    expect(await paths(iso)).toEqual(['A.CFG', 'C.CFG']);
  });

  it('in the name of the root folder’s record hides nothing', async () => {
    const iso = buildIso({ files: [file('a.cfg')] });
    iso[16 * SECTOR + 156 + 32] = 9;
    expect(await paths(iso)).toEqual(['a.cfg']);
  });
});

it('a compressed file is one also where its mark is in the continuation of its record', async () => {
  const zf = Buffer.concat([Buffer.from('ZF'), Buffer.of(16, 1), Buffer.alloc(12)]);
  const ce = Buffer.concat([Buffer.from('CE'), Buffer.of(28, 1), Buffer.alloc(24)]);
  ce.writeUInt32LE(1, 4);
  ce.writeUInt32LE(zf.length, 20);
  const folder = pack([record(Buffer.from('A.;1'), 2, 10, { systemUse: ce })]);
  const image = Buffer.concat([folder, zf, Buffer.alloc(2 * SECTOR)]);
  const read = (offset: number, length: number) => Promise.resolve(image.subarray(offset, offset + length));
  const [entry] = await listDirectory(read, { offset: 0, length: SECTOR }, { base: 0, joliet: false, skip: 0 });
  expect(entry).toMatchObject({ names: ['A'], odd: 'compressed' });
});

it('a folder that says it is longer than the image does not hide the others', async () => {
  const iso = buildIso({ files: [file('a/one'), file('b/two'), file('c/three')], rockRidge: false });
  const record = iso.indexOf('B', 21 * SECTOR) - 33;
  iso.writeUInt32LE(0x7fffffff, record + 10);
  expect((await paths(iso)).filter((path) => !path.startsWith('B/'))).toEqual(['A', 'A/ONE', 'B', 'C', 'C/THREE']);
});

describe('a damaged record of a folder', () => {
  const ISO = buildIso({ files: [file('one/a'), file('two/b'), file('two/deep/c')], rockRidge: false });
  /** Of a folder's record in the root, by its name. */
  const recordOf = (iso: Buffer, name: string) => iso.indexOf(Buffer.concat([Buffer.of(name.length), Buffer.from(name)])) - 32;
  const others = ['TWO', 'TWO/B', 'TWO/DEEP', 'TWO/DEEP/C'];

  it('that names the place of another folder hides nothing that is in the other', async () => {
    const iso = Buffer.from(ISO);
    iso.copy(iso, recordOf(iso, 'ONE') + 2, recordOf(iso, 'TWO') + 2, recordOf(iso, 'TWO') + 10);
    expect(await paths(iso)).toEqual(['ONE', 'ONE/B', 'ONE/DEEP', 'ONE/DEEP/C', ...others]);
  });

  it('that says the folder is as long as the image hides nothing that is in others', async () => {
    const iso = Buffer.from(ISO);
    iso.writeUInt32LE(iso.length, recordOf(iso, 'ONE') + 10);
    expect(await paths(iso)).toEqual(expect.arrayContaining(['ONE/A', ...others]));
  });

  it('that leads back to the root is not followed again and again', async () => {
    const iso = Buffer.from(ISO);
    iso.copy(iso, recordOf(iso, 'ONE') + 2, 16 * SECTOR + 158, 16 * SECTOR + 166);
    expect(await paths(iso)).toEqual(['ONE', ...others]);
  });
});

describe('a damaged mark that more records of a file follow', () => {
  it.each(['A.CFG', 'C.CFG'])('in the record of %s hides no file', async (name) => {
    const iso = buildIso({ files: [file('a.cfg'), file('b.cfg'), file('c.cfg')], rockRidge: false });
    const at = iso.indexOf(`${name};1`) - 33;
    iso[at + 25]! |= 0x80;
    expect(await paths(iso)).toEqual(['A.CFG', 'B.CFG', 'C.CFG']);
    expect(await contentOf(iso, 'B.CFG')).toBe('b.cfg');
    expect(await contentOf(iso, name)).toBe(name.toLowerCase());
  });
});

it('a damaged first record of a Joliet folder is not shown as a folder without a name', async () => {
  const iso = buildIso({ files: [file('one/a')], rockRidge: false, joliet: true });
  for (let at = 17 * SECTOR; at < iso.length; at += SECTOR)
    if (iso[at] === 34 && iso[at + 32] === 1 && iso[at + 33] === 0) iso[at + 33] = 0xb0;
  expect(await paths(iso)).toEqual(['one', 'one/a']);
});
