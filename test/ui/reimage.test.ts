import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BootbenchError } from '../../contract/errors.ts';
import { ScriptedBmc } from '../fixtures/scripted-bmc.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { UI } from './page-checks.ts';

const PASSWORD = 'canary-91c4';

/** From two hosts without a BMC to two reimaged machines, in the window alone: the real job runner, with scripted BMCs. */
let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
const bmcs = new Map<string, ScriptedBmc>();

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  bench = await startManagementServer({ uiDir: UI });
  const { inventory, activity } = bench;
  await inventory.addImage({ name: 'lab', source: { type: 'file', path: '/lab.iso' }, bootConfigs: [], description: '', kind: 'install' });
  for (const [index, name] of ['r1', 'r2'].entries()) {
    const mac = `52:54:00:00:00:0${index + 1}`;
    inventory.addHost({ name, interfaces: [{ mac, allowPXE: true }], localBoot: { kind: 'exit' }, vars: {} });
    inventory.assign(name, { image: 'lab', config: null, mode: 'once' });
    const bmc = new ScriptedBmc({ macs: [mac], serial: `SN${index + 1}`, vendor: 'Lab', model: 'R1' });
    bmc.onStart = () => {
      activity.record({ type: 'iso.opened', host: name, message: `${name} started reading lab.` });
      activity.record({ type: 'dhcp.os-lease', host: name, message: `The system of ${name} has an address.` });
    };
    bench.bmcs.set(`10.0.0.${index + 1}`, bmc);
    bmcs.set(name, bmc);
  }
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(15_000);
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

it('each host gets its BMC, and the password stays with the appliance', async () => {
  for (const [index, name] of ['r1', 'r2'].entries()) {
    await page.evaluate((host) => (location.hash = `#/hosts/${host}`), name);
    const panel = page.getByRole('region', { name: 'BMC' });
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await panel.getByRole('button', { name: 'Add a BMC…' }).click();
    await panel.getByLabel('BMC address').fill(`redfish://10.0.0.${index + 1}`);
    await panel.getByLabel('User').fill('root');
    await panel.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await panel.getByText('Lab R1 via Redfish').waitFor();
    await panel.getByText('Password saved').waitFor();
  }
  expect(await page.content()).not.toContain(PASSWORD);
});

it('the preview says that a machine boots over iSCSI, and what its system must be able to do', async () => {
  bench.inventory.assign('r1', { image: 'lab', mode: 'once', method: 'iscsi' });
  await page.evaluate(() => (location.hash = '#/hosts/r1'));
  await page.getByRole('heading', { name: 'r1', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Reimage…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Boot method iscsi is selected\. .*keeps its medium if it reads the iBFT/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  bench.inventory.assign('r1', { image: 'lab', mode: 'once' });
});

it('two machines are reimaged; one fails, says why, and is tried again', async () => {
  bmcs.get('r2')?.fail('bootOnce', new BootbenchError('E_BMC_UNSUPPORTED', 'It takes no boot override.'));
  await page.evaluate(() => (location.hash = '#/hosts'));
  await page.getByRole('row', { name: 'r1' }).focus();
  for (const key of ['Space', 'ArrowDown', 'Space', 'r']) await page.keyboard.press(key);
  await page.getByRole('dialog').getByRole('button', { name: 'Reimage 2 machines' }).focus();
  await page.keyboard.down('Enter');
  const running = page.getByRole('dialog', { name: 'Reimage of 2 machines' });
  await running.waitFor();
  await page.keyboard.up('Enter');
  await running.getByText('1 done, 1 failed').waitFor({ timeout: 15_000 });
  await running
    .getByText(/It takes no boot override/)
    .first()
    .waitFor();
  expect(bmcs.get('r1')?.power).toBe('on');
  expect(bmcs.get('r2')?.changes()).not.toContain('powerOn');
  await running.getByRole('button', { name: 'Try again: r2' }).click();
  await running.getByText('2 done').waitFor({ timeout: 15_000 });
  expect(bmcs.get('r2')?.power).toBe('on');
  await page.keyboard.press('Escape');
  await page.getByText('r1 and r2 were reimaged.').waitFor();
});

it('did all that without an error or a refusal by its policy', () => {
  expect(complaints).toEqual([]);
});
