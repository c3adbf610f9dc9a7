import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { makeLabNetwork, type LabNetwork } from '../lab-network.ts';
import { ALPHA, CONFIG_TEMPLATE, expectWholeBoot, OWN_ARGUMENTS, powerOn } from '../boot-run.ts';
import { buildLabIso } from '../iso.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { addConfig, adopt, assign, editHost, firstRun, listConfig, openChoices, openHost, typeArguments } from '../ui/technician.ts';
import { LIVE_ROW, textsSeen, watchTexts } from '../ui/texts.ts';
import { openBrowser, Window } from '../ui/window.ts';

const NEVER = /(?!)/;
const IMAGE = 'lab';

/** Both windows look at the bench; only the desk's is touched. */
interface Windows {
  desk: Window;
  wall: Window;
}

async function openWindows(lab: Lab, bench: LabNetwork, appliance: Appliance): Promise<Windows> {
  const browser = await openBrowser(lab, bench.ns);
  const desk = await Window.open(lab, browser, 'desk', appliance.ready.ui);
  const wall = await Window.open(lab, browser, 'wall', appliance.ready.ui);
  await wall.page.getByRole('button', { name: 'Later' }).click();
  await wall.sees('Power on a machine and watch it appear here.');
  return { desk, wall };
}

/** An unknown machine is switched on; both windows show it, and the desk adopts it. */
async function unknownAppears(lab: Lab, bench: LabNetwork, { desk, wall }: Windows): Promise<void> {
  const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
  await using machine = await powerOn(lab, bench, { firmware: 'bios', disk });
  await Promise.all([desk, wall].map((window) => window.sees(ALPHA.mac, 60_000)));
  await desk.picture('unknown');
  await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, NEVER);
  await adopt(desk, ALPHA.mac, ALPHA.name);
  await wall.page.getByRole('region', { name: 'Live' }).getByRole('link', { name: ALPHA.name }).waitFor();
}

async function addConfigs({ desk, wall }: Windows): Promise<void> {
  await addConfig(desk, { name: 'lab-config', format: 'Other', file: 'lab.conf', text: CONFIG_TEMPLATE });
  await addConfig(desk, { name: 'for-another', format: 'Preseed', file: 'preseed.cfg', text: 'd-i debian-installer/locale string C\n' });
  await wall.page.getByRole('link', { name: 'Configs 2' }).waitFor();
}

/** The dropdown holds both configs; the one that does not go with the ISO says why and cannot be chosen. */
async function assignFiltered(lab: Lab, { desk }: Windows): Promise<void> {
  await assign(desk, 'ISO', ALPHA.name, IMAGE);
  const menu = await openChoices(desk, 'Config', ALPHA.name);
  const other = menu.getByRole('menuitemradio', { name: /^for-another/ });
  await desk.picture('filtered');
  expectThat((await other.getAttribute('aria-disabled')) === 'true', 'a config that the ISO does not list can be chosen');
  const why = (await other.innerText()).replaceAll(/\s+/g, ' ');
  expectThat(why.includes(`not in the list of ${IMAGE}`), `the config that cannot be chosen says only "${why}"`);
  lab.fact('config that cannot be chosen', why);
  await desk.page.keyboard.press('Escape');
  await assign(desk, 'Config', ALPHA.name, 'lab-config');
}

/** What a host uses cannot be taken off its image's list: the page shows the appliance's refusal. */
async function refusedUnlisting(lab: Lab, { desk }: Windows): Promise<void> {
  await desk.show('Images');
  await desk.page.getByRole('link', { name: IMAGE, exact: true }).click();
  const group = desk.page.getByRole('group', { name: 'Compatible configs' });
  await group.getByText('lab-config', { exact: true }).click();
  const refusal = desk.page.getByRole('alert').filter({ hasText: 'E_IN_USE' });
  await refusal.waitFor();
  const box = group.getByRole('checkbox', { name: /^lab-config / });
  expectThat(await box.isChecked(), 'the page shows an untick that the appliance refused');
  lab.fact('refused pair', (await refusal.innerText()).replaceAll(/\s+/g, ' '));
}

/** The whole boot, read from the serial line and from the rows of both windows. */
async function bootSeen(lab: Lab, bench: LabNetwork, appliance: Appliance, { desk, wall }: Windows): Promise<void> {
  await desk.show('Bench');
  const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
  for (const window of [desk, wall]) await watchTexts(window.page, LIVE_ROW, ALPHA.name);
  await using machine = await powerOn(lab, bench, { firmware: 'bios', disk });
  const live = desk.page.getByRole('region', { name: 'Live' });
  await live.getByText(READING).waitFor({ timeout: 90_000 });
  await desk.picture('booting');
  await expectWholeBoot(lab, machine, appliance);
  for (const window of [desk, wall]) {
    await window.page
      .getByRole('listitem')
      .filter({ hasText: ALPHA.name })
      .getByText(/^●?(done|phoned home)$/)
      .first()
      .waitFor();
    await judgeRow(lab, window);
  }
  await desk.picture('booted');
}

/** The file that is read just now, and how far. */
const READING = /reading (?!boot file)[^%|]* (\d+) %/;

/** The row showed each stage, in this order. */
const WAY = [/requesting its script/, /script ✓/, READING, /config ✓/, /\b(done|phoned home)\b.*done ✓/];

async function judgeRow(lab: Lab, window: Window): Promise<void> {
  const rows = await textsSeen(window.page);
  let from = 0;
  for (const part of WAY) {
    const at = rows.findIndex((row, index) => index >= from && part.test(row));
    expectThat(at >= 0, `${window.name}: the row never showed ${part.source}; it showed: ${rows.join(' | ')}`);
    from = at;
  }
  const percents = new Set(rows.flatMap((row) => READING.exec(row)?.[1] ?? []));
  lab.fact(`${window.name}: texts that the row showed, and percentages among them`, `${rows.length}, ${percents.size}`);
}

/** The end: switched on again, the machine starts its own disk, and both windows say so. */
async function ownDiskSeen(lab: Lab, bench: LabNetwork, { desk, wall }: Windows): Promise<void> {
  const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
  await using machine = await powerOn(lab, bench, { firmware: 'bios', disk });
  await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, NEVER);
  for (const window of [desk, wall]) await window.page.getByRole('region', { name: 'Live' }).getByText('booting its own disk').waitFor();
  await wall.picture('own-disk');
  await openHost(desk.page, ALPHA.name);
  await desk.page
    .getByRole('region', { name: 'Timeline' })
    .getByText(/phoned home|finished/i)
    .first()
    .waitFor();
}

async function run(lab: Lab): Promise<void> {
  const bench = await makeLabNetwork(lab);
  const appliance = lab.use(await startAppliance(bench.ns, { dataDir: join(lab.dir, 'data') }));
  const windows = await openWindows(lab, bench, appliance);
  const { desk, wall } = windows;
  await firstRun(desk, { nic: 'br0', iso: await buildLabIso(), image: IMAGE });
  await wall.page.getByRole('link', { name: 'Images 1' }).waitFor();
  lab.say('the first run is done, by drop');
  await unknownAppears(lab, bench, windows);
  lab.say('the unknown machine is adopted');
  await editHost(desk, ALPHA.name, { ip: ALPHA.ip, fields: 'role=bench' });
  await addConfigs(windows);
  await listConfig(desk, IMAGE, 'lab-config');
  await assignFiltered(lab, windows);
  await refusedUnlisting(lab, windows);
  await typeArguments(desk, ALPHA.name, OWN_ARGUMENTS);
  lab.say('ISO, config and arguments are assigned');
  await bootSeen(lab, bench, appliance, windows);
  await ownDiskSeen(lab, bench, windows);
  for (const window of [desk, wall]) window.expectNoComplaints();
}

export const uiBoot: Scenario = {
  name: 'ui-boot',
  title:
    'From an empty appliance by the UI alone: first run with a dropped ISO, adoption, config, assignment; the machine boots it while two windows show its progress, then its own disk.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump', 'chromium', 'ui'],
  timeoutMs: 420_000,
  run,
};
