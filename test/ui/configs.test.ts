import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { templateFields } from '../../main-services/boot/views/fields.ts';
import { contentTypeOf, pickFile } from '../../main-services/config/files.ts';
import { renderTemplate } from '../../main-services/config/template.ts';
import type { Inventory } from '../../main-services/inventory/inventory.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, OUTPUT, photograph, UI } from './page-checks.ts';

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

/** The appliance's own rendering, without a view and a lease. */
function render(inventory: Inventory, config: string, host: string, wanted?: string): { file: string; contentType: string; text: string } {
  const found = inventory.getConfig(config);
  const { name, text } = pickFile(found, wanted);
  const machine = inventory.getHost(host);
  const world = {
    bootUrl: 'http://192.168.77.1:7080',
    image: undefined,
    config,
    token: undefined,
    configFile: undefined,
    leasedIp: undefined,
  };
  const fields = templateFields(machine, machine.interfaces[0]!, world);
  return { file: name, contentType: contentTypeOf(found.format, name), text: renderTemplate(text, fields, name) };
}

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI, renderConfig: render });
  for (const [name, mac, ip] of [
    ['r750-03', '52:54:00:00:00:03', '192.168.77.13'],
    ['r750-04', '52:54:00:00:00:04', undefined],
  ] as const) {
    bench.inventory.addHost({
      name,
      interfaces: [{ mac, allowPXE: true, ip }],
      localBoot: { kind: 'exit' },
      vars: { role: `role of ${name}` },
    });
  }
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
  await open('#/configs');
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const open = (hash: string): Promise<unknown> => page.evaluate((next) => (location.hash = next), hash);
const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 15_000 });
const editor = () => page.locator('.cm-content');
const preview = () => page.locator('.preview-text');
const saved = (name: string): Record<string, string> => bench.inventory.getConfig(name).files;
/** What has the focus, also inside the editor's shadow root. */
const focused = (): Promise<string> =>
  page.evaluate(() => {
    const outer = document.activeElement;
    const inner = outer?.shadowRoot?.activeElement ?? outer;
    return inner?.getAttribute('aria-label') ?? inner?.textContent ?? '';
  });

describe('adding configs', () => {
  it('an empty list says how to fill it', async () => {
    await sees('No configs yet. Press “Add a config”');
    await expectAccessible(page);
    await photograph(page, 'configs-empty');
  });

  it('a pasted text tells its format; by keyboard alone', async () => {
    await page.getByRole('button', { name: 'Add a config' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Name', { exact: true }).waitFor();
    await page.keyboard.type('web servers');
    await sees(/Use letters, digits, dots/);
    await page.keyboard.press('Control+A');
    await page.keyboard.type('ubuntu-web');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText('#cloud-config\nautoinstall:\n  version: 1\n  identity:\n    hostname: {{ host.name }}\n');
    expect(await page.getByLabel('First file').inputValue()).toBe('user-data');
    await expectAccessible(page);
    await page.screenshot({ path: join(OUTPUT, 'configs-add.png') });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Add this config');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'user-data' }).waitFor();
    expect(bench.inventory.getConfig('ubuntu-web').format).toBe('autoinstall');
  });

  it('a dropped file brings its name; the window’s own drop leaves it alone', async () => {
    await open('#/configs');
    await page.getByRole('button', { name: 'Add a config' }).click();
    await page.getByLabel('Name', { exact: true }).fill('core-os');
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['{"ignition": {"version": "3.4.0"}}'], 'worker.ign'));
      const form = document.querySelector('[data-takes-drops]');
      for (const kind of ['dragover', 'drop'])
        form?.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    await expect.poll(() => page.getByLabel('First file').inputValue()).toBe('worker.ign');
    expect(await page.getByText('Drop to add this ISO').count()).toBe(0);
    await page.getByRole('button', { name: 'Add this config' }).click();
    await page.getByRole('tab', { name: 'worker.ign' }).waitFor();
    expect(bench.inventory.getConfig('core-os').format).toBe('ignition');
    await photograph(page, 'config-json');
  });

  it('the list tells files, images and hosts, with links', async () => {
    const image = { source: { type: 'file', path: '/f.iso' } as const, kind: 'install' as const, description: '' };
    await bench.inventory.addImage({ ...image, name: 'Ubuntu-26', bootConfigs: ['ubuntu-web'] });
    bench.inventory.assign('r750-03', { image: 'Ubuntu-26', config: 'ubuntu-web', mode: 'once' });
    await open('#/configs');
    const row = page.getByRole('row', { name: /^ubuntu-web/ });
    await row.getByRole('link', { name: 'Ubuntu-26' }).waitFor();
    await row.getByRole('link', { name: 'r750-03' }).waitFor();
    await row.getByText('user-data').waitFor();
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'configs');
    await row.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'user-data' }).waitFor();
  });
});

describe('the editor', () => {
  it('shows the preview for the host that uses it, and for another one', async () => {
    await expect.poll(() => preview().innerText()).toContain('hostname: r750-03');
    await page.getByRole('button', { name: /Host of the preview/ }).click();
    await page.getByRole('option', { name: 'r750-04' }).click();
    await expect.poll(() => preview().innerText()).toContain('hostname: r750-04');
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'config');
  });

  it('marks unsaved changes, keeps them over a reload, and saves by Ctrl-S', async () => {
    await editor().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('  # {{ host.ip }}\n');
    await sees('unsaved changes');
    expect(saved('ubuntu-web')['user-data']).not.toContain('host.ip');
    await page.reload();
    await sees('unsaved changes');
    expect(await editor().innerText()).toContain('{{ host.ip }}');
    await open('#/configs');
    await page
      .getByRole('row', { name: /^ubuntu-web/ })
      .getByText('unsaved changes')
      .waitFor();
    await open('#/configs/ubuntu-web');
    await editor().click();
    await page.keyboard.press('Control+s');
    await expect.poll(() => saved('ubuntu-web')['user-data']).toContain('# {{ host.ip }}');
    await page.locator('.config-state', { hasText: 'saved' }).waitFor();
    await expect.poll(() => preview().innerText()).toContain('# 192.168.77.13');
  });

  it('a field that the host does not have is told with its line, and a press goes there', async () => {
    await page.getByRole('button', { name: /Host of the preview/ }).click();
    await page.getByRole('option', { name: 'r750-04' }).click();
    await sees(/user-data, line 6, column 5: this host has no host\.ip/);
    await expectAccessible(page);
    await photograph(page, 'config-trouble');
    await page.getByRole('button', { name: 'Go to line 6' }).click();
    expect(await focused()).toBe('Text of user-data');
    expect(await page.locator('.cm-activeLine').innerText()).toContain('host.ip');
    await page.getByRole('button', { name: /Host of the preview/ }).click();
    await page.getByRole('option', { name: 'r750-03' }).click();
  });

  it('keys stay with the text: / and Esc do not leave it; Tab indents; Esc and then Tab leaves', async () => {
    await editor().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Tab');
    await page.keyboard.type('/x');
    expect(await editor().innerText()).toContain('  /x');
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Text of user-data');
    expect(page.url()).toContain('#/configs/ubuntu-web');
    await page.keyboard.press('Tab');
    expect(await focused()).not.toBe('Text of user-data');
  });

  it('inserts a field at the cursor, also one of a host’s own, and completes names', async () => {
    await editor().click();
    await page.keyboard.press('Control+End');
    await page.getByRole('button', { name: /^host\.vars\.role/ }).click();
    expect(await editor().innerText()).toContain('{{ host.vars.role }}');
    await page.keyboard.press('Enter');
    await page.keyboard.type('{{ host.seri');
    await page.locator('.cm-tooltip-autocomplete').getByText('host.serial').waitFor();
    await page.waitForTimeout(150); // The list takes no key in its first 75 ms (interactionDelay).
    await page.keyboard.press('Enter');
    await expect.poll(() => editor().innerText()).toContain('{{ host.serial }}');
    await page.screenshot({ path: join(OUTPUT, 'config-fields.png') });
  });

  it('files are added, renamed, made default and removed, and saved together', async () => {
    await page.getByRole('button', { name: 'Add file' }).click();
    await page.getByLabel('File name').fill('meta-data');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /^meta-data/, selected: true }).waitFor();
    await sees('This file is not saved yet.');
    await editor().click();
    await page.keyboard.insertText('instance-id: {{ host.uuid }}');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('File name').fill('vendor-data');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /^vendor-data/, selected: true }).waitFor();
    expect(await editor().innerText()).toContain('instance-id');
    await page.getByRole('button', { name: 'Make default' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save config' }).click();
    await expect.poll(() => bench.inventory.getConfig('ubuntu-web').defaultFile).toBe('vendor-data');
    expect(Object.keys(saved('ubuntu-web')).sort()).toEqual(['user-data', 'vendor-data']);
    await page.getByRole('button', { name: 'Remove file' }).click();
    await page.getByRole('button', { name: 'Save config' }).click();
    await expect.poll(() => Object.keys(saved('ubuntu-web'))).toEqual(['user-data']);
    expect(bench.inventory.getConfig('ubuntu-web').defaultFile).toBeUndefined();
  });
});

describe('two at once', () => {
  const theirs = (text: string): unknown => bench.inventory.patchConfig('ubuntu-web', { files: { 'user-data': text } });

  it('an untouched editor follows what another wrote', async () => {
    theirs('hostname: first');
    await expect.poll(() => editor().innerText()).toContain('hostname: first');
    await page.locator('.config-state', { hasText: 'saved' }).waitFor();
  });

  it('a touched one says so, shows both, and one’s own can be kept', async () => {
    await editor().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' mine');
    theirs('hostname: theirs');
    await sees('ubuntu-web was changed elsewhere while you edited it.');
    expect(await editor().innerText()).toContain('hostname: first mine');
    expect(await preview().innerText()).toContain('hostname: theirs');
    expect(await page.getByRole('button', { name: 'Save config' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await photograph(page, 'config-conflict');
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await page.getByRole('button', { name: 'Save config' }).click();
    await expect.poll(() => saved('ubuntu-web')['user-data']).toBe('hostname: first mine');
  });

  it('the other version can be taken', async () => {
    await editor().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' again');
    theirs('hostname: theirs');
    await page.getByRole('button', { name: 'Take the other version' }).click();
    await expect.poll(() => editor().innerText()).toBe('hostname: theirs');
    await page.locator('.config-state', { hasText: 'saved' }).waitFor();
  });
});

describe('findings', () => {
  const rows = () => page.locator('.finding');
  // Typed over a selection, Chromium itself tries to keep its style, which the page's policy refuses.
  const replaceAll = async (text: string): Promise<void> => {
    await editor().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  };

  it('tell what the format does not allow while it is written, in the text and in a list', async () => {
    await open('#/configs/core-os');
    await page.getByRole('tab', { name: 'worker.ign' }).waitFor();
    await sees('no problems found');
    await replaceAll('{\n  "ignition": { "version": "3.4.0" },\n  "passwd": { "users": [ { "name": } ] }\n}\n');
    await page.locator('.findings-count').getByText('1 error').waitFor();
    await rows().first().getByText('worker.ign:3').waitFor();
    await page.locator('.cm-lintRange-error').waitFor();
    expect(await page.locator('.cm-lintRange-error').evaluate((each) => getComputedStyle(each).backgroundImage)).toBe('none');
    await expectAccessible(page);
    await expectPlainWords(page);
    await photograph(page, 'config-findings');
  });

  it('lead to their place by a press, and by F8 from the text', async () => {
    await rows().first().press('Enter');
    expect(await focused()).toBe('Text of worker.ign');
    expect(await page.locator('.cm-activeLine').innerText()).toContain('"passwd"');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('F8');
    expect(await page.locator('.cm-activeLine').innerText()).toContain('"passwd"');
  });

  it('go away when it is put right', async () => {
    await replaceAll('{"ignition": {"version": "3.4.0"}}');
    await sees('no problems found');
    await page.locator('.cm-lintRange-error').waitFor({ state: 'detached' });
    await open('#/configs/ubuntu-web');
    await page.getByRole('tab', { name: 'user-data' }).waitFor();
  });
});

describe('removing', () => {
  it('a config that a host uses stays, and the refusal names the host', async () => {
    await page.getByRole('button', { name: 'Remove config' }).click();
    await sees('It is also removed from Ubuntu-26.');
    await page.getByRole('button', { name: 'Remove ubuntu-web' }).click();
    await sees(/Config ubuntu-web is assigned to r750-03/);
    await page.keyboard.press('Escape');
    bench.inventory.unassign('r750-03');
    await page.getByRole('button', { name: 'Remove config' }).click();
    await page.getByRole('button', { name: 'Remove ubuntu-web' }).click();
    await page.getByRole('grid', { name: 'Configs' }).waitFor();
    expect(bench.inventory.listConfigs().map(({ name }) => name)).toEqual(['core-os']);
  });
});

describe('the console', () => {
  it('had no complaint of the page’s policy and no error', () => {
    expect(complaints).toEqual([]);
  });
});
