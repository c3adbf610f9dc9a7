import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobRows } from '../../db/jobs.ts';
import { leaseRows } from '../../db/leases.ts';
import type { ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, OUTPUT, photograph, UI } from './page-checks.ts';
import { fill, openUi } from './ui-fixture.ts';
import { CHANGED, failedAt, NEW_PRINT, OLD_PRINT, pretendBmcs, pretendJobs, SELF_TEST, type Bmcs, type Jobs } from './bmc-fakes.ts';

/** BMCs and jobs: what is asked of machines, and what becomes of it. */
let bench: ManagementServer;
let browser: Browser;
let page: Page;
let bmcs: Bmcs;
let jobs: Jobs;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bmcs = pretendBmcs();
  jobs = pretendJobs(() => bench, bmcs.rooms.bmc);
  bench = await openUi(UI, { ...bmcs.rooms, jobs: jobs.room });
  await fill(bench);
  for (const [name, last] of [
    ['r750-03', 203],
    ['r750-04', 204],
    ['x11-02', 202],
    ['nuc-12', 222],
  ] as const)
    bench.inventory.patchHost(name, { bmc: { address: `192.168.77.${last}`, username: 'root' } });
  for (const name of ['r750-03', 'r750-04']) bmcs.passwords.set(name, 'calvin');
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['clipboard-read', 'clipboard-write'] });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).filter({ visible: true }).first().waitFor();
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Another view; whatever was open is closed by the reload. */
async function open(hash: string): Promise<void> {
  await page.evaluate((next) => (location.hash = next), hash);
  await page.reload();
  await page.getByRole('banner').getByText('live').waitFor();
}

async function look(name: string): Promise<void> {
  await expectPlainWords(page);
  await expectAccessible(page);
  await photograph(page, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('a host’s BMC', () => {
  const panel = () => page.getByRole('region', { name: 'BMC' });

  it('says who it is, how it is and what it can do', async () => {
    await open('#/hosts/r750-03');
    await sees('Dell Inc. PowerEdge R750 via Redfish');
    await sees('iDRAC 7.20.30.50');
    await sees(OLD_PRINT);
    await sees('Power supply 2 has no input.');
    await panel().getByRole('button', { name: '4 sensors' }).click();
    await sees('7320 rpm');
    await panel().scrollIntoViewIfNeeded();
    await look('host-bmc');
  });

  it('f10: shows the facts of both sides beside each other, and takes the BMC’s over when a person says so', async () => {
    const ours = panel().getByRole('table');
    await ours.getByText('The BMC belongs to this machine.').waitFor();
    await ours.getByRole('row', { name: /UUID.*decisive/ }).waitFor();
    await photograph(page, 'host-bmc-same');
    await open('#/hosts/nuc-12');
    const table = panel().getByRole('table');
    await table.getByText('It is unclear which machine this BMC belongs to.').waitFor();
    await table.getByRole('row', { name: /^serial number none XK7720 missing in the record of nuc-12$/ }).waitFor();
    await table.getByRole('row', { name: /^MAC .* 3c:ec:ef:00:99:99 not in the other list$/ }).waitFor();
    await photograph(page, 'host-bmc-unclear');
    await panel().getByRole('button', { name: 'This is the machine: use the BMC’s facts' }).click();
    await expect.poll(() => bmcs.asked).toContain('nuc-12: take facts');
    await open('#/hosts/r750-03');
  });

  it('says that it was asked before the BMC answers', async () => {
    bmcs.delay = 600;
    await panel().getByRole('button', { name: 'Turn on identify LED' }).click();
    await panel().getByText('waiting for the BMC').waitFor({ timeout: 100 });
    await panel().getByRole('button', { name: 'Turn off identify LED' }).waitFor();
    bmcs.delay = 0;
    expect(bmcs.asked).toContain('r750-03: light on');
  });

  it('inserts and ejects, and gives the URL for mounting by hand', async () => {
    await panel().getByRole('button', { name: 'Insert ISO' }).click();
    await sees(/iso\/r750-03\/6a38\/Fedora-43.iso/);
    await panel().getByRole('button', { name: 'Eject', exact: true }).click();
    await sees('empty, CD, DVD');
    await panel().getByRole('button', { name: 'Show ISO URL' }).click();
    await panel()
      .getByRole('button', { name: /^Copy: http:/ })
      .click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^http:\/\/192.168.77.1:7080\/iso\/r750-03\//);
  });

  it('tries how ISOs are read, and shows what was found', async () => {
    await panel().getByRole('button', { name: 'Test how it reads ISOs' }).click();
    await expect.poll(() => bmcs.asked).toContain('r750-03: self-test');
    bench.inventory.patchHost('r750-03', { bmc: { selfTest: SELF_TEST } });
    await panel()
      .getByRole('button', { name: /Reads ISOs over http in ranges of 2 kB to 66 kB/ })
      .click();
    await sees('Unable to verify the certificate');
  });

  it('asks once more, with the name, before it switches off', async () => {
    await page.keyboard.press('Escape');
    await open('#/hosts/r750-03');
    await sees('Dell Inc. PowerEdge R750 via Redfish');
    await press('p');
    const sheet = page.getByRole('dialog', { name: 'Power options for r750-03' });
    await sheet.getByRole('button', { name: 'Off…' }).click();
    await sheet.getByText('Immediate; unsaved data is lost').waitFor();
    expect(bmcs.asked.some((line) => line.includes('power'))).toBe(false);
    await look('power-confirm');
    await sheet.getByRole('button', { name: 'Switch off r750-03' }).click();
    await sheet.getByText(/off$/).waitFor();
    expect(bmcs.asked).toContain('r750-03: power off');
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('stops at another certificate, and shows both', async () => {
    bmcs.set('r750-03', CHANGED);
    await open('#/hosts/r750-03');
    const changed = panel().getByRole('alert').filter({ hasText: 'certificate has changed' });
    await changed.getByText(OLD_PRINT).waitFor();
    await changed.getByText(NEW_PRINT).first().waitFor();
    await changed.scrollIntoViewIfNeeded();
    await look('host-certificate');
    await changed.getByRole('button', { name: 'Accept new certificate' }).click();
    await changed.waitFor({ state: 'detached' });
    expect(bmcs.asked).toContain(`r750-03: accept ${NEW_PRINT}`);
  });

  it('takes address and password, and forgets the password at once', async () => {
    await open('#/hosts/nuc-11');
    await panel().getByRole('button', { name: 'Add a BMC…' }).click();
    await panel().getByLabel('BMC address').fill('192.168.77.221');
    await panel().getByLabel('User').fill('admin');
    await panel().getByLabel('Password').fill('canary-7f31');
    await look('host-bmc-access');
    await panel().getByRole('button', { name: 'Save and test' }).click();
    await sees('The password is stored for this session only.');
    expect(bench.inventory.getHost('nuc-11').bmc).toEqual({ address: '192.168.77.221', username: 'admin' });
    expect(bmcs.passwords.get('nuc-11')).toBe('canary-7f31');
    expect(await panel().getByLabel('Password').inputValue()).toBe('');
    expect(await page.content()).not.toContain('canary-7f31');
    await panel().getByRole('button', { name: 'Forget this BMC' }).click();
    await panel().getByRole('button', { name: 'Add a BMC…' }).waitFor();
    expect(bench.inventory.getHost('nuc-11').bmc).toBeUndefined();
  });
});

describe('hosts', () => {
  it('show power where a BMC told it', async () => {
    await open('#/hosts');
    const row = page.getByRole('row', { name: 'r750-03' });
    await row.getByText(/off$/).waitFor();
    await page.getByRole('row', { name: 'arm-01' }).getByText('no BMC').waitFor();
  });

  it('are reimaged by the keyboard alone, up to their running steps', async () => {
    const row = page.getByRole('row', { name: 'r750-03' });
    await row.focus();
    await press('Space', 'ArrowDown', 'Space', 'r');
    const sheet = page.getByRole('dialog', { name: 'Reimage 2 machines' });
    await sheet.getByText('Disks of these machines will be overwritten by the installer.').waitFor();
    for (const words of ['ABC1234', '3c:ec:ef:00:00:04', '192.168.77.203', 'Fedora-43', 'fedora-db', 'BMC virtual media'])
      await sheet.getByText(words).first().waitFor();
    await sees(/UEFI x86-64, shim, then GRUB:/);
    await sees(/inside the signed program/);
    await look('reimage-sheet');
    for (let step = 0; step < 20; step++) {
      if (await page.evaluate(() => document.activeElement?.textContent === 'Reimage 2 machines')) break;
      await press('Tab');
    }
    await page.keyboard.down('Enter');
    await page.waitForTimeout(300);
    await page.keyboard.up('Enter');
    await sheet.getByText('Released too early').waitFor();
    expect(jobs.started).toEqual([]);
    await page.keyboard.down('Enter');
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(OUTPUT, 'reimage-held.png') });
    await page.waitForTimeout(500);
    await page.keyboard.up('Enter');
    const running = page.getByRole('dialog', { name: 'Reimage of 2 machines' });
    await running.getByText('watching it boot').first().waitFor();
    expect(jobs.started).toEqual([{ hosts: ['r750-03', 'r750-04'], concurrency: 4, dryRun: false }]);
    await running.getByText('The BMC read 64 KiB of the ISO.').first().waitFor();
    await look('reimage-running');
    await press('Escape');
    await running.waitFor({ state: 'detached' });
  });

  it('a dry run changes nothing, and leads back', async () => {
    await open('#/hosts/x11-02');
    await press('r');
    const sheet = page.getByRole('dialog');
    await sheet.getByText('No password is stored for the BMC of x11-02.').first().waitFor();
    await sheet.getByRole('button', { name: 'Dry run' }).click();
    await page.getByRole('dialog', { name: 'Dry run for x11-02' }).getByText('dry run done').waitFor();
    expect(jobs.started.at(-1)).toMatchObject({ hosts: ['x11-02'], dryRun: true });
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('dialog', { name: 'Reimage 1 machine' }).waitFor();
    await press('Escape');
  });

  it('the palette asks which ones, and ticks none beforehand', async () => {
    await open('#/bench');
    await press('Control+k');
    await page.keyboard.type('Reimage mach');
    await page.getByRole('menuitem', { name: /Reimage machines/ }).waitFor();
    await press('Enter');
    const sheet = page.getByRole('dialog', { name: 'Choose machines to reimage' });
    expect(await sheet.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await look('reimage-choose');
    await sheet.getByText('arm-01').click();
    await sheet.getByText('nuc-11', { exact: true }).click();
    await sheet.getByRole('button', { name: 'Continue with 2 machines' }).click();
    const ask = page.getByRole('dialog', { name: 'Reimage 1 machine' });
    await ask.getByText('No image is assigned to arm-01.').waitFor();
    await look('reimage-left-out');
    await press('Escape');
  });
});

describe('jobs', () => {
  it('are seen by fleet, with what failed and what waits', async () => {
    const failed = jobs.at('x11-02', 'morning', 'power-on');
    jobRows(bench.db).put(failedAt(failed, 'Asked for power on; the BMC says Off for 62 s.'));
    jobs.at('nuc-11', 'morning', 'ask');
    jobs.at('nuc-12', 'morning', 'end');
    await open('#/jobs');
    await page.getByRole('navigation').getByText('Jobs 3').waitFor();
    await sees('1 done, 1 failed, 1 waiting for you');
    await sees('Asked for power on; the BMC says Off for 62 s.');
    await page.getByRole('button', { name: 'Steps of x11-02' }).first().click();
    await look('jobs');
    await page.getByRole('radio', { name: /failed/ }).click();
    await page.getByRole('link', { name: 'nuc-12' }).waitFor({ state: 'detached' });
    await open('#/bench');
    await sees('failed at power on');
    await sees('Switch on nuc-11');
    await look('bench-jobs');
  });

  it('are confirmed, tried again and cancelled', async () => {
    await open('#/jobs');
    await page.getByRole('button', { name: 'Confirm start: nuc-11' }).click();
    await page.getByRole('listitem', { name: 'nuc-11' }).getByText('watching it boot').first().waitFor();
    await page.getByRole('button', { name: 'Try again: x11-02' }).click();
    await page.getByRole('listitem', { name: 'x11-02' }).getByText('checking the machine').first().waitFor();
    await page.getByRole('button', { name: 'Cancel: nuc-11' }).click();
    await page.getByRole('listitem', { name: 'nuc-11' }).getByText('cancelled').first().waitFor();
  });

  it('tell on every view when a fleet is over', async () => {
    await open('#/network');
    for (const job of jobs.room.list().filter(({ fleet }) => fleet === 'morning')) if (job.state === 'running') jobs.room.cancel(job.id);
    await sees('nuc-12 was reimaged. nuc-11 and x11-02 were cancelled.');
    await look('fleet-notice');
    await page.getByRole('link', { name: 'Show steps' }).click();
    await page.getByRole('region', { name: 'Reimage of 3 machines' }).waitFor();
  });
});

describe('a BMC that asked for an address', () => {
  const IP = '192.168.77.177';
  const offers = () => page.getByRole('region', { name: 'Unassigned BMCs' });
  const sheet = () => page.getByRole('dialog', { name: `Adopt ${IP} as a BMC` });
  const choose = async (label: string, option: RegExp): Promise<void> => {
    await sheet().getByRole('button', { name: label }).click();
    await page.getByRole('option', { name: option }).click();
  };

  it('appears by itself, and says by what it is one', async () => {
    await open('#/hosts');
    expect(await offers().count()).toBe(0);
    const lease = {
      mac: '50:9a:4c:00:00:78',
      state: 'bound',
      hostname: 'idrac-ABC1240',
      startedAt: Date.now(),
      expiresAt: Date.now() + 3_600_000,
    } as const;
    leaseRows(bench.db).put({ ip: IP, ...lease });
    await offers().getByText('Its DHCP host name is idrac-ABC1240.').waitFor();
    await offers().scrollIntoViewIfNeeded();
    await look('bmc-offers');
  });

  it('becomes that of a new host, by its factory account, when somebody says so', async () => {
    await offers()
      .getByRole('button', { name: `Adopt as BMC of…: ${IP}` })
      .click();
    await sheet().getByText('Looks like a BMC by Dell.').waitFor();
    expect(await sheet().getByRole('button', { name: 'Adopt' }).isDisabled()).toBe(true);
    await choose('Host', /^A new host/);
    await sheet().getByLabel('Name', { exact: true }).fill('r750-40');
    await choose('Log in with', /^Factory account of Dell/);
    await look('bmc-adopt');
    expect(bmcs.asked.join()).not.toContain('factory');
    await sheet().getByRole('button', { name: 'Adopt' }).click();
    await page.getByRole('heading', { name: 'r750-40', level: 1 }).waitFor();
    expect(bench.inventory.getHost('r750-40')).toMatchObject({
      interfaces: [{ mac: '3c:ec:ef:00:00:78' }],
      bmc: { address: IP, username: 'root' },
    });
    expect(bmcs.passwords.get('r750-40')).toBe('calvin');
    await open('#/hosts');
    await page.getByRole('row', { name: 'r750-40' }).waitFor();
    expect(await offers().count()).toBe(0);
  });

  it('becomes that of a host that is there, with a password that is typed', async () => {
    bench.inventory.patchHost('r750-40', { bmc: null });
    await offers()
      .getByRole('button', { name: `Adopt as BMC of…: ${IP}` })
      .click();
    await sheet().getByRole('button', { name: 'Host' }).click();
    expect(await page.getByRole('option', { name: /^r750-03/ }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('option', { name: /^r750-40/ }).click();
    await sheet().getByRole('textbox', { name: 'User' }).fill('lab');
    await sheet().getByLabel('Password', { exact: true }).fill('own-password');
    await sheet().getByRole('button', { name: 'Adopt' }).click();
    await page.getByRole('heading', { name: 'r750-40', level: 1 }).waitFor();
    expect(bench.inventory.getHost('r750-40').bmc).toMatchObject({ address: IP, username: 'lab' });
    expect(bmcs.passwords.get('r750-40')).toBe('own-password');
    expect(await page.content()).not.toContain('own-password');
  });

  it('a factory account is offered where no password is known, and a rejection is told', async () => {
    bmcs.passwords.delete('r750-40');
    bmcs.set('r750-40', { hasFactoryPassword: true });
    await open('#/hosts/r750-40');
    const panel = page.getByRole('region', { name: 'BMC' });
    await panel.getByText('The BMC still uses its factory password.').waitFor();
    await panel.getByRole('button', { name: 'Address and password…' }).click();
    await panel.getByRole('button', { name: 'Try a factory account' }).click();
    await page.getByRole('option', { name: /^Supermicro/ }).click();
    await panel.getByText('The BMC rejected the user of Supermicro.').waitFor();
    await panel.getByRole('button', { name: 'Try a factory account' }).click();
    await page.getByRole('option', { name: /^Dell/ }).click();
    await panel.getByText('Password saved, encrypted on this computer.').waitFor();
    expect(bmcs.passwords.get('r750-40')).toBe('calvin');
    expect(bmcs.asked.slice(-2)).toEqual([`${IP}: factory password of Dell`, 'r750-40: password of root']);
  });
});

it('did all that without an error or a refusal by its policy', () => {
  expect(complaints).toEqual([]);
});
