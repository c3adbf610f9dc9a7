import type { Locator, Page } from 'playwright-core';
import { expectThat } from '../scenario.ts';
import { dropFiles } from './drop.ts';
import type { Window } from './window.ts';

/** What a technician does in the window, by the names on the page. */

/** Three questions: the port, how addresses are given (after the probe), the first ISO, dropped on the window. */
export async function firstRun(window: Window, { nic, iso, image }: { nic: string; iso: string; image: string }): Promise<void> {
  const { page } = window;
  await page.getByRole('heading', { name: 'Which network port are the machines on?' }).waitFor();
  expectThat(page.url().endsWith('#/first-run'), `an empty appliance opens ${page.url()}`);
  await page.getByText(new RegExp(`^${nic} ·`)).click();
  await window.picture('first-run-1');
  await page.getByRole('button', { name: `Use ${nic}` }).click();
  await window.sees(`Scanning ${nic} for DHCP servers`);
  await window.sees(`No DHCP server found on ${nic}, so Bootbench assigns addresses.`);
  await window.picture('first-run-2');
  await page.getByRole('button', { name: 'Assign addresses' }).click();
  await window.sees('Drop an ISO anywhere in this window');
  await dropFiles(page, [iso]);
  const sheet = page.getByRole('dialog', { name: 'Add this image' });
  await sheet.getByLabel('Name in the library').fill(image);
  await window.picture('first-run-3');
  await sheet.getByRole('button', { name: 'Add this image' }).click();
  await window.sees(`${image} is in the library.`, 60_000);
  await page.getByRole('button', { name: 'Go to the bench' }).click();
  await window.sees('Power on a machine and watch it appear here.');
}

export async function adopt(window: Window, mac: string, name: string): Promise<void> {
  const { page } = window;
  await page.getByRole('button', { name: `Adopt ${mac}` }).click();
  await page.getByRole('textbox', { name: `Name for ${mac}` }).fill(name);
  await page.getByRole('button', { name: 'Add host' }).click();
  await page.getByRole('region', { name: 'Live' }).getByRole('link', { name }).waitFor();
}

/** Gives the host a fixed address and fields for configs in the sheet that its row opens. */
export async function editHost(window: Window, name: string, { ip, fields }: { ip: string; fields: string }): Promise<void> {
  const { page } = window;
  await window.show('Hosts');
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const sheet = page.getByRole('dialog', { name: `Edit ${name}` });
  await sheet.getByRole('textbox', { name: 'Address', exact: true }).first().fill(ip);
  await sheet.getByRole('textbox', { name: 'Fields for configs' }).fill(fields);
  await window.picture('edit-host');
  await sheet.getByRole('button', { name: `Save ${name}` }).click();
  await sheet.waitFor({ state: 'detached' });
}

export async function addConfig(window: Window, config: { name: string; format: string; file: string; text: string }): Promise<void> {
  const { page } = window;
  await window.show('Configs');
  await page.getByRole('button', { name: 'Add a config' }).click();
  const sheet = page.getByRole('dialog', { name: 'Add a config' });
  await sheet.getByRole('textbox', { name: 'Name', exact: true }).fill(config.name);
  await sheet.getByRole('textbox', { name: /^Text/ }).fill(config.text);
  await sheet.getByRole('textbox', { name: 'First file' }).fill(config.file);
  await sheet.getByRole('button', { name: /Format/ }).click();
  await page.getByRole('option', { name: config.format }).click();
  await sheet.getByRole('button', { name: 'Add this config' }).click();
  await page.getByRole('heading', { name: `Configs / ${config.name}` }).waitFor();
}

/** Ticks the config in the image's list of those that go with it. */
export async function listConfig(window: Window, image: string, config: string): Promise<void> {
  const { page } = window;
  await window.show('Images');
  await page.getByRole('link', { name: image, exact: true }).click();
  const group = page.getByRole('group', { name: 'Compatible configs' });
  await group.getByText(config, { exact: true }).click();
  await group.getByRole('checkbox', { name: new RegExp(`^${config} `), checked: true }).waitFor({ state: 'attached' });
}

/** The choices of one of the host's dropdowns in the table, opened. */
export async function openChoices(window: Window, what: 'ISO' | 'Config', host: string): Promise<Locator> {
  await window.show('Hosts');
  await window.page.getByRole('button', { name: new RegExp(`^${what} of ${host}:`) }).click();
  const menu = window.page.getByRole('menu', { name: `${what} of ${host}` });
  await menu.waitFor();
  return menu;
}

export async function assign(window: Window, what: 'ISO' | 'Config', host: string, wanted: string): Promise<void> {
  const menu = await openChoices(window, what, host);
  await menu.getByRole('menuitemradio', { name: new RegExp(`^${wanted}`) }).click();
  await window.page.getByRole('button', { name: new RegExp(`^${what} of ${host}: ${wanted}`) }).waitFor();
}

/** Types the host's own kernel arguments in its view. */
export async function typeArguments(window: Window, host: string, args: string): Promise<void> {
  const { page } = window;
  await openHost(page, host);
  await page.getByRole('textbox', { name: 'Kernel arguments' }).fill(args);
  await page.getByRole('button', { name: 'Save arguments' }).click();
  await page.getByRole('region', { name: 'What will this host get?' }).getByText('lab.rack=7').first().waitFor();
}

export async function openHost(page: Page, host: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Hosts' }).click();
  await page.getByRole('grid').getByRole('link', { name: host }).click();
  await page.getByRole('heading', { name: host, level: 1 }).waitFor();
}
