import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import { PARTIAL_MAX_AGE_MS } from '../../../main-services/inventory/imports/state.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { hostInput, MAC, TestClock } from '../../fixtures/data-fixture.ts';
import { fileOf, openLibrary, sha256, someIso, type Library } from './library.ts';

let library: Library;
beforeEach(() => {
  library = openLibrary();
});
afterEach(() => library.close());

const MIB = 1024 * 1024;
const byPath = (path: string, more: object = {}) => library.imports.fromPath({ name: 'fedora', path, bootConfigs: [], ...more });

/** Gives the parts one by one; the last may never come. */
async function* parts(...bytes: (Uint8Array | 'silence' | 'break')[]): AsyncGenerator<Uint8Array> {
  for (const part of bytes) {
    if (part === 'silence') await new Promise(() => undefined);
    else if (part === 'break') throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    else yield part;
  }
  await Promise.resolve();
}

const upload = (size: number, body: AsyncIterable<Uint8Array>, range?: { start: number; end: number }) =>
  library.imports.receive({ name: 'fedora', size, range, body });

describe('an ISO of this computer', () => {
  it('arrives byte for byte, with its hash, its events, and nothing left beside it', async () => {
    const iso = someIso(3 * MIB + 17);
    library.inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'text\n' } }));
    const begun = await byPath(fileOf(library.folder, iso), { bootConfigs: ['ks'] });
    expect(begun).toMatchObject({ name: 'fedora', size: iso.length });
    const image = await library.imports.result(begun.id);
    expect(library.inventory.getImage('fedora')).toEqual(image);
    expect(image).toMatchObject({ imported: true, sha256: sha256(iso), bootConfigs: ['ks'], index: { volumeId: 'IMPORTED' } });
    expect(readFileSync(join(library.isos, 'fedora.iso')).equals(iso)).toBe(true);
    expect(library.files()).toEqual(['fedora.iso']);
    expect(library.events().map(({ type }) => type)).toEqual(['image.imported', 'image.import-started']);
    expect(await library.imports.state('fedora')).toEqual({ received: 0, size: 0 });
  });

  it('is refused when it is something else, with the sentence, and nothing stays', async () => {
    await byPath(fileOf(library.folder, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2 * MIB, 1)])));
    const failed = await library.heard('image.import-failed');
    expect(failed.message).toBe('This is not an ISO but a zip archive; unpack it first.');
    expect(failed.data).toMatchObject({ name: 'fedora', code: 'E_IMAGE_INVALID', resumable: false });
    expect(library.files()).toEqual([]);
    expect(library.inventory.listImages()).toEqual([]);
  });

  it('is refused when it is cut short, which only its end shows', async () => {
    const iso = someIso();
    await byPath(fileOf(library.folder, iso.subarray(0, iso.length - 2048)));
    expect((await library.heard('image.import-failed')).message).toContain('truncated');
    expect(library.files()).toEqual([]);
  });

  it.each([
    ['a missing file', () => '/nowhere/a.iso', 'E_IMAGE_GONE'],
    ['a folder', () => library.folder, 'E_IMAGE_INVALID'],
    ['an empty file', () => fileOf(library.folder, Buffer.alloc(0)), 'E_IMAGE_INVALID'],
  ])('%s is refused at once', async (_what, path, code) => {
    await expect(byPath(path())).rejects.toMatchObject({ code });
    expect(library.events()).toEqual([]);
  });

  it('does not take a name that is taken, reserved or wrong, nor configs that are not there', async () => {
    const path = fileOf(library.folder, someIso());
    await library.inventory.addImage(ImageInput.parse({ name: 'known', source: { type: 'file', path } }));
    await expect(byPath(path, { name: 'known' })).rejects.toMatchObject({ code: 'E_EXISTS' });
    await expect(byPath(path, { name: 'localboot' })).rejects.toMatchObject({ code: 'E_BAD_INPUT' });
    await expect(byPath(path, { name: '../escape' })).rejects.toMatchObject({ code: 'E_BAD_INPUT' });
    await expect(byPath(path, { bootConfigs: ['none'] })).rejects.toMatchObject({ code: 'E_CONFIG_INCOMPATIBLE' });
  });

  it('never writes over a file that lies in the library’s folder', async () => {
    mkdirSync(library.isos);
    writeFileSync(join(library.isos, 'fedora.iso'), 'somebody’s');
    await expect(byPath(fileOf(library.folder, someIso()))).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(readFileSync(join(library.isos, 'fedora.iso'), 'utf8')).toBe('somebody’s');
  });

  it('of two imports of one name one is refused', async () => {
    const path = fileOf(library.folder, someIso(4 * MIB));
    const both = await Promise.allSettled([byPath(path), byPath(path)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await library.heard('image.imported');
  });

  it('goes on after a stop, reading what is there once more for the hash', async () => {
    const iso = someIso(64 * MIB);
    const { id } = await byPath(fileOf(library.folder, iso));
    while ((await library.imports.state('fedora')).received < MIB) await new Promise((resolve) => setTimeout(resolve, 1));
    library = await library.restart();
    const { received } = await library.imports.state('fedora');
    expect(received).toBeGreaterThanOrEqual(MIB);
    expect(received).toBeLessThan(iso.length);
    await library.imports.start();
    expect(await library.imports.result(id)).toMatchObject({ name: 'fedora' });
    expect(library.events()[1]).toMatchObject({ type: 'image.import-started', data: { from: received } });
    expect(library.inventory.getImage('fedora').sha256).toBe(sha256(iso));
    expect(readFileSync(join(library.isos, 'fedora.iso')).equals(iso)).toBe(true);
    expect(library.files()).toEqual(['fedora.iso']);
  });

  it('begins anew when the file is no longer the same after a stop', async () => {
    const path = fileOf(library.folder, someIso(64 * MIB));
    await byPath(path);
    while ((await library.imports.state('fedora')).received < MIB) await new Promise((resolve) => setTimeout(resolve, 1));
    library = await library.restart();
    const other = someIso(64 * MIB);
    fileOf(library.folder, other);
    utimesSync(path, 1, 1);
    await library.imports.start();
    expect((await library.imports.state('fedora')).received).toBeGreaterThan(0);
    await byPath(path);
    await library.heard('image.imported');
    expect(library.inventory.getImage('fedora').sha256).toBe(sha256(other));
  });

  it('is cancelled with nothing left', async () => {
    await byPath(fileOf(library.folder, someIso(64 * MIB)));
    while ((await library.imports.state('fedora')).received === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await library.imports.cancel('fedora');
    expect(library.files()).toEqual([]);
    expect((await library.heard('image.import-failed')).data).toMatchObject({ code: 'E_CANCELLED', resumable: false });
    await expect(library.imports.cancel('fedora')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});

describe('an upload', () => {
  it('comes in pieces of any size, and the hash is of all of them', async () => {
    const iso = someIso(MIB);
    for (let at = 0; at < iso.length; at += 300_000) {
      const end = Math.min(iso.length, at + 300_000);
      const outcome = await upload(iso.length, parts(iso.subarray(at, at + 7), iso.subarray(at + 7, end)), { start: at, end });
      expect(outcome).toEqual({ received: end, size: iso.length, imported: end === iso.length });
    }
    expect(library.inventory.getImage('fedora').sha256).toBe(sha256(iso));
    expect(library.files()).toEqual(['fedora.iso']);
  });

  it('keeps what came before the connection broke, and goes on there, also after a restart', async () => {
    const iso = someIso(MIB);
    await expect(upload(iso.length, parts(iso.subarray(0, 500_000), 'break'))).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(await library.imports.state('fedora')).toMatchObject({ received: 500_000, size: iso.length });
    await expect(
      upload(iso.length, parts(iso.subarray(500_000, 600_000), 'break'), { start: 500_000, end: iso.length }),
    ).rejects.toMatchObject({ code: 'E_CANCELLED' });
    library = await library.restart();
    await library.imports.start();
    expect(await library.imports.state('fedora')).toMatchObject({ received: 600_000 });
    await upload(iso.length, parts(iso.subarray(600_000)), { start: 600_000, end: iso.length });
    expect(library.inventory.getImage('fedora').sha256).toBe(sha256(iso));
  });

  it('is listed while it is not complete, and removed after 7 days without a restart', async () => {
    await library.close();
    const clock = new TestClock();
    library = openLibrary(undefined, clock);
    await library.imports.start();
    const iso = someIso(MIB);
    await expect(upload(iso.length, parts(iso.subarray(0, 500_000), 'break'))).rejects.toMatchObject({ code: 'E_CANCELLED' });
    const at = clock.now() / 1000;
    for (const file of library.files()) utimesSync(join(library.isos, file), at, at);
    expect(await library.imports.partials()).toMatchObject([
      { name: 'fedora', received: 500_000, size: iso.length, expiresAt: clock.now() + PARTIAL_MAX_AGE_MS },
    ]);
    const hours = async (count: number): Promise<void> => {
      for (let hour = 0; hour < count; hour++) {
        clock.advance(3_600_000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await hours(7 * 24 - 2);
    expect(library.files()).toHaveLength(2);
    await hours(20);
    await expect.poll(() => library.files()).toEqual([]);
    expect((await library.heard('image.import-failed')).data).toMatchObject({ name: 'fedora' });
    expect(await library.imports.partials()).toEqual([]);
  });

  it.each([365, -365])('b7: waits for its rest as long as before where the clock was set by %d days', async (days) => {
    await library.close();
    const clock = new TestClock();
    library = openLibrary(undefined, clock);
    await library.imports.start();
    await expect(upload(MIB, parts(someIso(MIB).subarray(0, 500_000), 'break'))).rejects.toMatchObject({ code: 'E_CANCELLED' });
    const at = clock.now() / 1000;
    for (const file of library.files()) utimesSync(join(library.isos, file), at, at);
    clock.step(days * 86_400_000);
    await library.imports.clockSet(days * 86_400_000);
    expect(await library.imports.partials()).toMatchObject([{ expiresAt: clock.now() + PARTIAL_MAX_AGE_MS }]);
    clock.advance(3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(library.files()).toHaveLength(2);
  });

  it('b7: from a day that is still to come does not wait until then', async () => {
    await library.close();
    const clock = new TestClock();
    library = openLibrary(undefined, clock);
    await library.imports.start();
    await expect(upload(MIB, parts(someIso(MIB).subarray(0, 500_000), 'break'))).rejects.toMatchObject({ code: 'E_CANCELLED' });
    const at = (clock.now() + 365 * 86_400_000) / 1000;
    for (const file of library.files()) utimesSync(join(library.isos, file), at, at);
    clock.advance(3_600_000);
    await expect.poll(async () => (await library.imports.partials())[0]?.expiresAt).toBeLessThanOrEqual(clock.now() + PARTIAL_MAX_AGE_MS);
  });

  it('whose body is longer than its range is cut off there', async () => {
    const iso = someIso(MIB);
    await expect(upload(iso.length, parts(iso.subarray(0, 100), iso.subarray(100, 300)), { start: 0, end: 200 })).rejects.toMatchObject({
      code: 'E_BAD_INPUT',
    });
    expect(await library.imports.state('fedora')).toMatchObject({ received: 100 });
  });

  it('that says nothing more is cancelled at once', async () => {
    const iso = someIso(MIB);
    const hanging = upload(iso.length, parts(iso.subarray(0, 200_000), 'silence'));
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'E_CANCELLED' });
    while ((await library.imports.state('fedora')).received === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await expect(byPath(fileOf(library.folder, iso))).rejects.toMatchObject({ code: 'E_EXISTS' });
    await library.imports.cancel('fedora');
    await outcome;
    expect(library.files()).toEqual([]);
  });

  it('too large for the disk is refused before its first byte', async () => {
    let read = false;
    const body = (async function* (): AsyncGenerator<Uint8Array> {
      read = true;
      yield await Promise.resolve(Buffer.alloc(1));
    })();
    await expect(upload(8e15, body)).rejects.toMatchObject({ code: 'E_DISK_FULL' });
    expect(read).toBe(false);
    expect(library.files()).toEqual([]);
  });
});

describe('the bytes of an import', () => {
  const beside = (name: string, text: string): string => fileOf(library.folder, Buffer.from(text), name);
  const OTHER = '0'.repeat(64);

  it('are checked against a checksum file beside the ISO, and the image and event name it', async () => {
    const iso = someIso(MIB);
    beside('SHA256SUMS', `${OTHER}  other.iso\n${sha256(iso)} *source.iso\n`);
    await byPath(fileOf(library.folder, iso));
    expect((await library.heard('image.imported')).message).toContain(`${sha256(iso)}, verified against SHA256SUMS.`);
    expect(library.inventory.getImage('fedora')).toMatchObject({ sha256: sha256(iso), verifiedBy: 'SHA256SUMS' });
  });

  it('that are not those of the checksum file do not land, and leave nothing', async () => {
    const iso = someIso(MIB);
    beside('source.iso.sha256', `${OTHER}\n`);
    const { id } = await byPath(fileOf(library.folder, iso));
    await expect(library.imports.result(id)).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    const failed = await library.heard('image.import-failed');
    expect(failed.message).toContain(sha256(iso));
    expect(failed.data).toMatchObject({ code: 'E_CHECKSUM', resumable: false });
    expect(library.files()).toEqual([]);
    expect(library.inventory.listImages()).toEqual([]);
  });

  it('are still checked when the import went on after a stop', async () => {
    const iso = someIso(64 * MIB);
    const sums = beside('SHA256SUMS', `${OTHER}  source.iso\n`);
    await byPath(fileOf(library.folder, iso));
    while ((await library.imports.state('fedora')).received < MIB) await new Promise((resolve) => setTimeout(resolve, 1));
    library = await library.restart();
    rmSync(sums);
    await library.imports.start();
    expect((await library.heard('image.import-failed')).data).toMatchObject({ code: 'E_CHECKSUM' });
    expect(library.files()).toEqual([]);
  });

  it('are those that whoever sends them gives, in pieces too', async () => {
    const iso = someIso(MIB);
    const piece = (start: number, end: number, sum?: string) =>
      library.imports.receive({
        name: 'fedora',
        size: iso.length,
        range: { start, end },
        body: parts(iso.subarray(start, end)),
        sha256: sum,
      });
    await piece(0, 500_000, OTHER);
    await expect(piece(500_000, iso.length)).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    expect(library.files()).toEqual([]);
    await piece(0, 500_000, sha256(iso));
    await piece(500_000, iso.length);
    expect(library.inventory.getImage('fedora').verifiedBy).toBe('the SHA-256 given with the import');
  });

  it('that an image has already are refused, by path and by upload, naming the image', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    const { id } = await byPath(fileOf(library.folder, iso), { name: 'again' });
    await expect(library.imports.result(id)).rejects.toMatchObject({ code: 'E_EXISTS', next: expect.stringContaining('fedora') as string });
    const failed = await library.heard('image.import-failed');
    expect(failed.message).toContain('fedora');
    expect(failed.data).toMatchObject({ name: 'again', code: 'E_EXISTS' });
    await expect(library.imports.receive({ name: 'more', size: iso.length, body: parts(iso) })).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(library.files()).toEqual(['fedora.iso']);
  });

  it('that an image has already are not even copied when a checksum file tells', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    beside('CHECKSUM', `SHA256 (source.iso) = ${sha256(iso)}\n`);
    await expect(byPath(fileOf(library.folder, iso), { name: 'again' })).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(library.events().map(({ type }) => type)).toEqual(['image.imported', 'image.import-started']);
  });

  it('may come again once the image with them is gone', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    await library.imports.removeImage('fedora');
    await library.imports.receive({ name: 'again', size: iso.length, body: parts(iso) });
    expect(library.files()).toEqual(['again.iso']);
  });

  it('are searched for Tinkerbell’s placeholder on the way', async () => {
    const iso = Buffer.concat([someIso(3 * MIB), Buffer.from(TINKERBELL_PLACEHOLDER), Buffer.alloc(MIB)]);
    await upload(iso.length, parts(iso));
    expect(library.inventory.getImage('fedora').index.placeholderOffsets).toEqual([iso.indexOf(TINKERBELL_PLACEHOLDER)]);
  });
});

describe('the file of an image', () => {
  it('goes with an imported image, once no host needs it', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    library.inventory.addHost(hostInput('node1', MAC));
    library.inventory.assign('node1', AssignmentInput.parse({ image: 'fedora' }));
    await expect(library.imports.removeImage('fedora')).rejects.toMatchObject({ code: 'E_IN_USE' });
    expect(library.files()).toEqual(['fedora.iso']);
    library.inventory.unassign('node1');
    await library.imports.removeImage('fedora');
    expect(library.files()).toEqual([]);
    expect(library.released).toEqual(['fedora']);
  });

  it('stays where it was registered in place, also in the library’s own folder', async () => {
    mkdirSync(library.isos);
    const path = fileOf(library.isos, someIso(), 'fedora.iso');
    await library.inventory.addImage(ImageInput.parse({ name: 'fedora', source: { type: 'file', path } }));
    await library.imports.removeImage('fedora');
    expect(library.files()).toEqual(['fedora.iso']);
  });

  it('goes when the image is given another source, and then belongs to nobody', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    const path = fileOf(library.folder, someIso());
    const image = await library.imports.patchImage('fedora', { source: { type: 'file', path } });
    expect(image.imported).toBeUndefined();
    expect(image.sha256).toBeUndefined();
    expect(library.files()).toEqual([]);
    await library.imports.removeImage('fedora');
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });

  it('keeps its hash through other changes', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    expect(await library.imports.patchImage('fedora', { description: 'new' })).toMatchObject({ imported: true, sha256: sha256(iso) });
  });
});

describe('at the start', () => {
  it('removes what nothing can resume for seven days, and keeps what is younger', async () => {
    const iso = someIso(MIB);
    await expect(upload(iso.length, parts(iso.subarray(0, 500_000), 'break'))).rejects.toThrow();
    library = await library.restart();
    await library.imports.start();
    expect(library.files()).toEqual(['fedora.iso.import', 'fedora.iso.partial']);
    const old = (Date.now() - PARTIAL_MAX_AGE_MS) / 1000 - 60;
    for (const file of library.files()) utimesSync(join(library.isos, file), old, old);
    writeFileSync(join(library.isos, 'other.iso'), 'somebody’s');
    await library.imports.start();
    expect(library.files()).toEqual(['other.iso']);
  });

  it('adds the image of an ISO that was all there', async () => {
    const iso = someIso(MIB);
    await expect(upload(iso.length, parts(iso.subarray(0, 500_000), 'break'))).rejects.toThrow();
    library = await library.restart();
    writeFileSync(join(library.isos, 'fedora.iso.partial'), iso);
    await library.imports.start();
    await library.heard('image.imported');
    expect(library.inventory.getImage('fedora').sha256).toBe(sha256(iso));
  });

  it('knows the result of an import that was cut off after its image was added', async () => {
    const iso = someIso(64 * MIB);
    const note = join(library.isos, 'fedora.iso.import');
    const { id } = await byPath(fileOf(library.folder, iso));
    const { plan } = JSON.parse(readFileSync(note, 'utf8')) as { plan: object };
    const image = await library.imports.result(id);
    library = await library.restart();
    writeFileSync(note, `${JSON.stringify({ plan, landing: true })}\n`);
    await library.imports.start();
    expect(await library.imports.result(id)).toEqual(image);
    expect(library.files()).toEqual(['fedora.iso']);
  });

  it('finishes a removal that was cut off', async () => {
    const iso = someIso(MIB);
    await upload(iso.length, parts(iso));
    writeFileSync(join(library.isos, 'fedora.iso.import'), '{"removing":true}\n');
    await library.imports.start();
    expect(library.files()).toEqual(['fedora.iso']);
    writeFileSync(join(library.isos, 'fedora.iso.import'), '{"removing":true}\n');
    library.inventory.removeImage('fedora');
    await library.imports.start();
    expect(library.files()).toEqual([]);
  });
});
