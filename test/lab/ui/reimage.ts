import type { Locator } from 'playwright-core';
import { expectThat } from '../scenario.ts';
import type { Window } from './window.ts';

/** A machine that has not asked to boot yet. */
export async function addHost(window: Window, { name, mac }: { name: string; mac: string }): Promise<void> {
  const { page } = window;
  await window.show('Hosts');
  await page.getByRole('button', { name: 'Add a host' }).click();
  const sheet = page.getByRole('dialog', { name: 'Add a host' });
  await sheet.getByRole('textbox', { name: 'Name' }).fill(name);
  await sheet.getByRole('textbox', { name: 'MAC' }).fill(mac);
  await window.picture('add-host');
  await sheet.getByRole('button', { name: 'Add host' }).click();
  await sheet.waitFor({ state: 'detached' });
  await page.getByRole('row', { name }).waitFor();
}

export interface BmcAccess {
  address: string;
  user: string;
  password: string;
  /** What the BMC reports about itself. */
  says: string;
}

/** In the panel of the host’s page, which is open. */
export async function giveBmc(window: Window, { address, user, password, says }: BmcAccess): Promise<void> {
  const panel = window.page.getByRole('region', { name: 'BMC' });
  await panel.getByRole('button', { name: 'Add a BMC…' }).click();
  await panel.getByLabel('BMC address').fill(address);
  await panel.getByLabel('User').fill(user);
  await panel.getByLabel('Password').fill(password);
  await panel.getByRole('button', { name: 'Save and test' }).click();
  await panel.getByText('Password saved').waitFor();
  await panel.getByText(says).waitFor();
  expectThat((await panel.getByLabel('Password').inputValue()) === '', 'the password stays in its field');
  await panel.getByRole('button', { name: 'Close' }).click();
  await panel.scrollIntoViewIfNeeded();
  await window.picture('bmc');
}

export async function chooseKind(window: Window, image: string, kind: 'Install' | 'Live'): Promise<void> {
  const { page } = window;
  await window.show('Images');
  await page.getByRole('link', { name: image, exact: true }).click();
  await page.getByRole('button', { name: /Kind/ }).click();
  await page.getByRole('option', { name: kind }).click();
  await page.getByRole('button', { name: new RegExp(`${kind}.*Kind|Kind.*${kind}`) }).waitFor();
}

/** Asks for a reimage where no machine is chosen beforehand: the sheet that says what would happen to this one. */
export async function askReimage(window: Window, host: string): Promise<Locator> {
  const { page } = window;
  await window.show('Jobs');
  await page.getByRole('button', { name: 'Reimage machines…' }).click();
  const choice = page.getByRole('dialog', { name: 'Choose machines to reimage' });
  const ticked = await choice.getByRole('checkbox', { checked: true }).count();
  expectThat(ticked === 0, `${ticked} machines are chosen beforehand`);
  expectThat(await choice.getByRole('button', { name: 'Choose machines' }).isDisabled(), 'one can go on without a machine');
  await choice.getByText(host, { exact: true }).click();
  await choice.getByRole('button', { name: 'Continue with 1 machine' }).click();
  const sheet = page.getByRole('dialog', { name: 'Reimage 1 machine' });
  await sheet.waitFor();
  return sheet;
}

/** A press does nothing; the button has to be held. */
export async function holdToReimage(window: Window, sheet: Locator): Promise<void> {
  const button = sheet.getByRole('button', { name: 'Reimage 1 machine' });
  await button.click();
  await sheet.getByText('Released too early').waitFor();
  await button.hover();
  await window.page.mouse.down();
  await window.page.getByRole('dialog', { name: /^Reimage of / }).waitFor();
  await window.page.mouse.up();
}
