import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageIndex, ImageSource } from '../../contract/inventory.ts';
import { ERRORS } from '../../contract/error-codes.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { COVERAGE } from './iso-fakes.ts';
import { expectAccessible, expectPlainWords, OUTPUT, photograph, UI } from './page-checks.ts';

const MIB = 1024 * 1024;

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

/** The volume id and size of the bytes that came; the first byte tells whether arguments can be put in. */
function look(source: ImageSource): Promise<ImageIndex> {
  if (source.type === 'url' && source.url.includes('broken'))
    return Promise.reject(new BootbenchError('E_UPSTREAM', 'The server of mirror.example does not support ranges.'));
  if (source.type === 'url') return Promise.resolve({ ...FACTS, volumeId: 'FROM-A-SERVER', size: 900_000_000, placeholderOffsets: [] });
  const bytes = readFileSync(source.path);
  const volumeId = bytes.toString('latin1', 32808, 32840).trim();
  const profile = volumeId.startsWith('Debian') ? { id: 'debian', title: 'Debian 13', arch: [] } : undefined;
  return Promise.resolve({
    ...FACTS,
    volumeId,
    ...(profile && { profile, coverage: COVERAGE }),
    size: statSync(source.path).size,
    placeholderOffsets: bytes[0] === 1 ? [10, 20] : [],
  });
}
const FACTS = { etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets: [] };

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI, indexImage: look });
  for (const name of ['web', 'db']) bench.inventory.addConfig({ name, format: 'kickstart', files: { 'ks.cfg': '' }, description: '' });
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = complaintsOf(page);
  await open('#/images');
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp, timeout = 5000): Promise<void> => page.getByText(words).first().waitFor({ timeout });
const focused = (): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) });
const isThere = (name: string): boolean => bench.inventory.listImages().some((image) => image.name === name);

async function open(hash: string): Promise<void> {
  await page.goto(bench.management.uiUrl);
  await page.reload();
  await page.getByText('live').first().waitFor();
  await page.evaluate((next) => (location.hash = next), hash);
}

/** What the preload offers to the page, here over a WebSocket; files are in `folder`. */
function desktopBridge({ url, token, folder }: { url: string; token: string; folder: string }): void {
  let socket: WebSocket | undefined;
  window.bootbench = {
    open(onMessage, onClose) {
      const opened = (socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, ['bootbench.v1', `bearer.${token}`]));
      opened.addEventListener('message', ({ data }) => onMessage(JSON.parse(String(data))));
      opened.addEventListener('close', onClose);
    },
    send(message) {
      const text = JSON.stringify(message);
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
      else socket?.addEventListener('open', () => socket?.send(text));
    },
    close: () => socket?.close(),
    pathOf: (file) => `${folder}/${file.name}`,
    onFiles: () => () => undefined,
  };
}

function isoBytes(volumeId: string): Buffer {
  const bytes = Buffer.alloc(64 * 1024);
  bytes.write('\u0001CD001\u0001', 32768, 'latin1');
  bytes.write(volumeId.padEnd(32), 32808, 'latin1');
  return bytes;
}

interface Dropped {
  name: string;
  size?: number;
  /** ISO 9660's identifier and a volume id at their places; false: nothing but zeros. */
  volumeId?: string | false;
  placeholder?: boolean;
}

/** What a file manager does to the window: files hang over it, then they are let go. */
async function drag(kinds: ('dragover' | 'drop')[], ...files: Dropped[]): Promise<void> {
  await page.evaluate(
    ([events, list]) => {
      const transfer = new DataTransfer();
      for (const { name, size = 64 * 1024, volumeId = 'TEST', placeholder = true } of list) {
        const bytes = new Uint8Array(size);
        if (volumeId !== false && size >= 64 * 1024) {
          bytes.set(new TextEncoder().encode('\u0001CD001\u0001'), 32768);
          bytes.set(new TextEncoder().encode(volumeId.padEnd(32)), 32808);
        }
        bytes[0] = placeholder ? 1 : 0;
        transfer.items.add(new File([bytes], name, { lastModified: 1_700_000_000_000 }));
      }
      for (const kind of events) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    },
    [kinds, files] as const,
  );
}

describe('dropping files', () => {
  it('an empty library says how to fill it', async () => {
    await sees('No images yet. Drop an ISO anywhere in this window');
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'images-empty');
  });

  it('files over the window show an outline and one sentence, on any view', async () => {
    await page.evaluate(() => (location.hash = '#/bench'));
    await drag(['dragover'], { name: 'a.iso' });
    await sees('Drop to add this ISO to the library.');
    await page.screenshot({ path: join(OUTPUT, 'images-drop.png') });
    await page.evaluate(() => document.body.dispatchEvent(new DragEvent('dragleave', { bubbles: true })));
    await page.getByText('Drop to add').waitFor({ state: 'detached' });
    await page.evaluate(() => (location.hash = '#/images'));
  });

  it('what is no ISO by its name is refused with a sentence', async () => {
    await drag(['dragover', 'drop'], { name: 'notes.txt' });
    await sees('notes.txt was not added: the name of an ISO image ends in .iso or .img.');
    expect(await focused()).toBe('Close');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('several files are proposed names, which can be changed, and queue', async () => {
    await drag(
      ['drop'],
      { name: 'Fedora Server 43 (x86-64).iso', volumeId: 'Fedora-S-43' },
      { name: 'debian-13.img', volumeId: 'Debian 13', placeholder: false },
    );
    const names = page.getByLabel('Name in the library');
    expect(await names.nth(0).inputValue()).toBe('Fedora-Server-43-x86-64');
    await names.nth(1).fill('deb ian');
    await sees(/Use 1 to 63 letters/);
    expect(await page.getByRole('button', { name: 'Add 2 images' }).isDisabled()).toBe(true);
    await names.nth(1).fill('Debian-13');
    await expectAccessible(page);
    await photograph(page, 'images-offer');
    await page.getByRole('button', { name: 'Add 2 images' }).click();
    await sees('Debian-13 is in the library.');
    await sees('Fedora-S-43, 66 kB, BIOS and UEFI');
    await sees('arguments can be added at 2 places');
    await sees('arguments are added for BIOS; not for UEFI x86-64');
    await expectPlainWords(page);
    await photograph(page, 'images-arrived');
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close' }).first().click();
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close' }).first().click();
  });

  it('a taken name gets a number, and Enter alone adds', async () => {
    await drag(['drop'], { name: 'Debian-13.iso', volumeId: 'SECOND' });
    expect(await page.getByLabel('Name in the library').inputValue()).toBe('Debian-13-2');
    await page.keyboard.press('Enter');
    await sees('Debian-13-2 is in the library.');
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close' }).click();
  });

  it('what is no ISO inside is refused by the appliance, with its reason', async () => {
    await drag(['drop'], { name: 'fake.iso', volumeId: false });
    await page.keyboard.press('Enter');
    await sees('fake was not added.');
    await page.getByRole('alert').first().waitFor();
    await expectPlainWords(page);
    await page.screenshot({ path: join(OUTPUT, 'images-failed.png') });
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close' }).click();
    expect(isThere('fake')).toBe(false);
  });
});

describe('a long upload', () => {
  const BIG: Dropped = { name: 'big.iso', size: 40 * MIB, volumeId: 'BIG' };
  const puts: string[] = [];
  /** So many slices still go through; each takes a while, for a rate. */
  let allowed = 0;
  const passed = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    while (allowed <= 0) await new Promise((resolve) => setTimeout(resolve, 20));
    allowed -= 1;
  };
  const onRequest = (request: Request): void => {
    if (request.method() === 'PUT') puts.push(request.headers()['content-range'] ?? 'whole');
  };

  it('shows its bar in a row of its own', async () => {
    page.on('request', onRequest);
    await page.route('**/iso', async (route) => {
      if (route.request().method() === 'PUT') await passed();
      await route.continue().catch(() => undefined);
    });
    allowed = 2;
    await drag(['drop'], BIG);
    await page.keyboard.press('Enter');
    await row('big').getByText('40 %').waitFor({ timeout: 15_000 });
    await row('big').getByText('importing').waitFor();
    await row('big').getByText('MB/s').waitFor();
    await row('big').getByText('left').waitFor();
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'images-importing');
  });

  it('survives a reload: the same file dropped again goes on where it was', async () => {
    await page.reload();
    await sees('Stopped. Drop big.iso again to continue.');
    await photograph(page, 'images-stopped');
    puts.length = 0;
    await drag(['drop'], BIG);
    await sees('continues where it stopped');
    expect(await page.getByLabel('Name in the library').inputValue()).toBe('big');
    await page.keyboard.press('Enter');
    await expect.poll(() => puts[0], { timeout: 15_000 }).toMatch(/^bytes [1-9]\d+-\d+\/41943040$/);
  });

  it('goes on by itself when the appliance comes back', async () => {
    await bench.pause();
    allowed = 100;
    await sees('Bootbench does not respond; the upload continues when it does.');
    await bench.resume();
    await sees('big is in the library.', 15_000);
    expect(bench.inventory.getImage('big').index).toMatchObject({ volumeId: 'BIG', size: 40 * MIB });
    await page.getByRole('region', { name: 'Imports' }).getByRole('button', { name: 'Close' }).click();
  });

  it('is cancelled by a press, and nothing stays', async () => {
    allowed = 1;
    await drag(['drop'], { ...BIG, name: 'other.iso' });
    await page.keyboard.press('Enter');
    await row('other').getByText('20 %').waitFor({ timeout: 15_000 });
    await row('other').getByRole('button', { name: 'Cancel: other' }).click();
    await row('other').waitFor({ state: 'detached' });
    await expect
      .poll(async () =>
        (
          await fetch(`${bench.management.url}/api/v1/iscsi-cdroms/other/iso`, {
            method: 'HEAD',
            headers: { Authorization: `Bearer ${bench.token}` },
          })
        ).headers.get('upload-offset'),
      )
      .toBe('0');
    allowed = 100;
    await page.unroute('**/iso');
    page.off('request', onRequest);
    await page.reload();
    await row('big').waitFor();
    expect(await row('other').count()).toBe(0);
  });
});

describe('the library', () => {
  it('lists what each image is and who uses it, with links', async () => {
    bench.inventory.addHost({
      name: 'r750-03',
      interfaces: [{ mac: '52:54:00:00:00:01', allowPXE: true }],
      localBoot: { kind: 'exit' },
      vars: {},
    });
    await bench.inventory.patchImage('Debian-13', { bootConfigs: ['web'] });
    bench.inventory.assign('r750-03', { image: 'Debian-13', config: 'web', mode: 'once' });
    await page
      .getByRole('row', { name: /^Debian-13(?!-)/ })
      .getByRole('link', { name: 'r750-03' })
      .waitFor();
    expect(
      await page
        .getByRole('row', { name: /^Debian-13(?!-)/ })
        .getByRole('link', { name: 'web' })
        .getAttribute('href'),
    ).toBe('#/configs/web');
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'images');
  });

  it('a URL is registered in place, by keyboard alone', async () => {
    await page.getByRole('button', { name: 'Register a path or URL' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Path or URL').waitFor();
    await page.keyboard.type('https://mirror.example/isos/rocky-10.iso?x=1');
    expect(await page.getByLabel('Name in the library').inputValue()).toBe('rocky-10');
    await expectAccessible(page);
    await page.screenshot({ path: join(OUTPUT, 'images-register.png') });
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row('rocky-10').getByText('FROM-A-SERVER, 900 MB, BIOS and UEFI').waitFor();
  });

  it('a URL that is refused says which check failed', async () => {
    await page.getByRole('button', { name: 'Register a path or URL' }).press('Enter');
    await page.getByLabel('Path or URL').fill('https://mirror.example/isos/broken.iso');
    await page.keyboard.press('Enter');
    await sees('The server of mirror.example does not support ranges.');
    const looked = page.getByRole('list', { name: 'Checks' });
    expect(await looked.innerText()).toMatch(/✓ URL allowed\s+■ server responds and reports a size\s+○ content is an ISO/);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('/ searches, Enter opens, Esc goes back', async () => {
    await page.locator('h1').click();
    await page.keyboard.press('/');
    await page.keyboard.type('rock');
    await row('big').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await row('big').waitFor();
    await page.getByRole('row', { name: /^big/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Contents' }).waitFor();
    expect(page.url()).toContain('#/images/Debian-13');
    await page.keyboard.press('Escape');
    await page.getByRole('grid', { name: 'Images' }).waitFor();
  });
});

describe('one image', () => {
  it('tells what was found, and takes kind, description and configs', async () => {
    await page.evaluate(() => (location.hash = '#/images/Debian-13'));
    await sees('Debian 13');
    await sees('Arguments are added to 3 menu entries on BIOS.');
    await page.getByRole('button', { name: /Kind/ }).click();
    await page.getByRole('option', { name: /Live/ }).click();
    await expect.poll(() => bench.inventory.getImage('Debian-13').kind).toBe('live');
    await page.getByLabel('Description').fill('for the racks');
    await page.getByRole('button', { name: 'Save description' }).click();
    await expect.poll(() => bench.inventory.getImage('Debian-13').description).toBe('for the racks');
    await page.getByText('db', { exact: true }).click();
    await expect.poll(() => bench.inventory.getImage('Debian-13').bootConfigs).toEqual(['web', 'db']);
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'image');
  });

  it('j6: a table tells for each firmware what starts, what it reads, and whether arguments are added', async () => {
    const table = page.locator('#image-coverage');
    const cells = async (name: RegExp) => (await table.getByRole('row').allInnerTexts()).find((text) => name.test(text));
    expect(await cells(/^BIOS/)).toMatch(/isolinux\s+isolinux\/isolinux\.cfg and 2 more\s.*The arguments are added to 3 menu entries\./s);
    expect(await cells(/^UEFI x86-64/)).toMatch(/shim, then GRUB\s.*which cannot be changed\./s);
    await sees('UEFI x86-64: no arguments are added. The menu is inside the signed program');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
    await expectAccessible(page);
  });

  it('tells what works with it and what not, and gives the lines that phone home', async () => {
    const works = page.locator('#image-works');
    await works.getByText('BMC virtual media').waitFor();
    await works.getByText(/kernel over the network, not available/).waitFor();
    await works.getByText(/network disk \(iSCSI\), not available/).waitFor();
    await works.getByText(/debian-installer looks for its CD before it logs in to iSCSI disks/).waitFor();
    await page
      .getByRole('button', { name: /Lines that report completion/ })
      .first()
      .press('Enter');
    await page.getByRole('button', { name: 'Copy: Phone-home lines for Preseed' }).press('Enter');
    await page.getByRole('button', { name: /^(Copied|Mark it by hand): Phone-home lines for Preseed/ }).waitFor();
    expect(await page.locator('.snippet-text').first().innerText()).toContain('{{ phone_home.url }}');
    await expectAccessible(page);
  });

  it('takes arguments for every host, and serves it as it is', async () => {
    await page.getByLabel('Kernel arguments for every host').fill('  quiet ');
    await page.getByRole('button', { name: 'Save image arguments' }).press('Enter');
    await expect.poll(() => bench.inventory.getImage('Debian-13').args).toBe('quiet');
    await page.getByRole('checkbox', { name: /Serve it unpatched/ }).focus();
    await page.keyboard.press('Space');
    await expect.poll(() => bench.inventory.getImage('Debian-13').unpatched).toBe(true);
    await sees('It is served as it is: no arguments and no files of a host go in.');
    await page.keyboard.press('Space');
    await expect.poll(() => bench.inventory.getImage('Debian-13').unpatched).toBe(false);
    await page.getByLabel('Kernel arguments for every host').fill('');
    await page.keyboard.press('Enter');
    await expect.poll(() => bench.inventory.getImage('Debian-13').args).toBeUndefined();
  });

  it('a config that a host uses stays in the list, and the refusal names the host', async () => {
    await page.getByRole('checkbox', { name: /web/ }).focus();
    await page.keyboard.press('Space');
    await sees(/Config web cannot be removed from the list of image Debian-13: it is assigned to r750-03/);
    expect(await page.getByRole('checkbox', { name: /web/ }).isChecked()).toBe(true);
    await page.screenshot({ path: join(OUTPUT, 'image-refused.png') });
  });

  it('is removed after a question; a refusal tells who uses it', async () => {
    await page.getByRole('button', { name: 'Remove image' }).click();
    await page.getByRole('button', { name: 'Remove Debian-13' }).click();
    await sees(/Image Debian-13 is assigned to r750-03/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    bench.inventory.unassign('r750-03');
    await page.getByRole('button', { name: 'Remove image' }).click();
    await page.getByRole('button', { name: 'Remove Debian-13' }).click();
    await page.getByRole('grid', { name: 'Images' }).waitFor();
    expect(isThere('Debian-13')).toBe(false);
  });

  it('one that is gone says so', async () => {
    await page.evaluate(() => (location.hash = '#/images/Debian-13'));
    await sees('Image Debian-13 not found');
    await page.getByRole('link', { name: 'Show all images' }).click();
  });
});

describe('in the desktop window', () => {
  it('a failed import shows its own code and what to do, not those of a broken image', async () => {
    const path = join(bench.dataDir, 'desktop.iso');
    writeFileSync(path, isoBytes('DESKTOP'));
    writeFileSync(`${path}.sha256`, `${'0'.repeat(64)}\n`);
    await page.addInitScript(desktopBridge, { url: bench.management.url, token: bench.token, folder: bench.dataDir });
    await page.reload();
    await page.getByText('live').first().waitFor();
    await drag(['drop'], { name: 'desktop.iso' });
    await page.keyboard.press('Enter');
    await sees('desktop was not added.');
    const notice = page.getByRole('region', { name: 'Imports' });
    await notice.getByRole('link', { name: 'E_CHECKSUM' }).waitFor();
    expect(await notice.innerText()).toContain(ERRORS.E_CHECKSUM.next);
    await expectAccessible(page);
    await photograph(page, 'images-checksum');
    writeFileSync(`${path}.sha256`, `${createHash('sha256').update(readFileSync(path)).digest('hex')}\n`);
    await notice.getByRole('button', { name: 'Try again' }).click();
    await sees('desktop is in the library.');
    expect(bench.inventory.getImage('desktop').verifiedBy).toBe('desktop.iso.sha256');
  });
});

describe('the console', () => {
  it('had no complaint of the page’s policy and no error', () => {
    // While the appliance was away, and where it refuses, the browser itself reports the answer.
    expect(
      complaints.filter((words) => !/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|status of 422|WebSocket connection/.test(words)),
    ).toEqual([]);
  });
});
