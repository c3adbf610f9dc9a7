import { join } from 'node:path';
import type { ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { startAppliance, type Appliance } from '../appliance.ts';
import { ALPHA, CONFIG_TEMPLATE, expectGuest, OWN_ARGUMENTS } from '../boot-run.ts';
import { BMC_PASSWORD, BMC_USER, makeBmcNetwork } from '../bmc/bmc-network.ts';
import { askBmc } from '../bmc/control.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { expectJob, judgeBmc, judgeEvents, MEDIA_STEPS, REIMAGE_NEEDS } from '../bmc/reimage-run.ts';
import { buildLabIso } from '../iso.ts';
import type { SerialLine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { expectNeverShown, watchForSecret } from '../ui/never-shown.ts';
import { addHost, askReimage, chooseKind, giveBmc, holdToReimage } from '../ui/reimage.ts';
import { addConfig, assign, editHost, firstRun, listConfig, openHost, typeArguments } from '../ui/technician.ts';
import { textsSeen, watchTexts } from '../ui/texts.ts';
import { openBrowser, Window } from '../ui/window.ts';

interface Desk {
  readonly profile: ProfileName;
  readonly firmware: 'bios' | 'uefi';
  /** What its BMC reports about itself. */
  readonly says: string;
}

const IMAGE = 'lab';
/** Steps that take long enough to be seen as the one that runs. */
const SEEN_RUNNING = ['insert the ISO', 'power on', 'watch', 'finish'];

/** From nothing to a machine with a BMC, an ISO, a config and arguments. */
async function prepare(window: Window, bmcUrl: string, { firmware, says }: Desk): Promise<void> {
  await firstRun(window, { nic: 'br0', iso: await buildLabIso({ biosOnly: firmware === 'bios' }), image: IMAGE });
  await addHost(window, ALPHA);
  await editHost(window, ALPHA.name, { ip: ALPHA.ip, fields: 'role=bench' });
  await openHost(window.page, ALPHA.name);
  await giveBmc(window, { address: bmcUrl, user: BMC_USER, password: BMC_PASSWORD, says });
  await addConfig(window, { name: 'lab-config', format: 'Other', file: 'lab.conf', text: CONFIG_TEMPLATE });
  await listConfig(window, IMAGE, 'lab-config');
  await chooseKind(window, IMAGE, 'Install');
  await assign(window, 'ISO', ALPHA.name, IMAGE);
  await assign(window, 'Config', ALPHA.name, 'lab-config');
  await typeArguments(window, ALPHA.name, `${OWN_ARGUMENTS} bootbench.then=stay`);
}

/** The sheet says which machine, what it gets and how; then its steps run in the window, each with what proves it. */
async function reimage(lab: Lab, window: Window, machine: SerialLine, appliance: Appliance): Promise<{ text: string }> {
  const { page } = window;
  const sheet = await askReimage(window, ALPHA.name);
  for (const words of [ALPHA.name, ALPHA.serial, ALPHA.mac, IMAGE, 'lab-config', 'BMC virtual media', 'power off', 'will be overwritten'])
    await sheet.getByText(words).first().waitFor();
  await window.picture('sheet');
  expectThat((await appliance.json<unknown[]>('jobs')).length === 0, 'a job was begun before anybody said so');
  await watchTexts(page, 'li[aria-current=step] .job-step-title');
  await holdToReimage(window, sheet);
  const running = page.getByRole('dialog', { name: `Reimage of ${ALPHA.name}` });
  await running.getByText('power on requested; waiting for the BMC').waitFor({ timeout: 60_000 });
  await window.picture('running');
  await expectGuest(lab, machine);
  await running.getByText('1 done').waitFor({ timeout: 60_000 });
  await window.picture('done');
  await judgeSteps(lab, window);
  const steps = running.getByRole('list', { name: `Steps for ${ALPHA.name}` });
  const text = await steps.innerText();
  await running.getByRole('button', { name: 'Close' }).click();
  await window.sees(`${ALPHA.name} was reimaged.`);
  return { text };
}

async function judgeSteps(lab: Lab, { page }: Window): Promise<void> {
  const seen = await textsSeen(page);
  lab.fact('steps seen running', seen);
  let from = 0;
  for (const title of SEEN_RUNNING) {
    const at = seen.findIndex((text, index) => index >= from && text.endsWith(title));
    expectThat(at >= 0, `the step “${title}” was not seen running; the window showed ${seen.join(', ')}`);
    from = at;
  }
}

async function run(lab: Lab, desk: Desk): Promise<void> {
  const { profile, firmware } = desk;
  const bench = await makeBmcNetwork(lab);
  const { mac, uuid, serial } = ALPHA;
  const virtual = { ...ALPHA, firmware, net: { tap: 'tap0' }, dir: lab.dir };
  const machine = await startRedfishMachine(lab, bench.bmc, { profile, mac, uuid, serial, machine: virtual });
  const appliance = lab.use(await startAppliance(bench.ns, { dataDir: join(lab.dir, 'data') }));
  const window = await Window.open(lab, await openBrowser(lab, bench.ns), 'desk', appliance.ready.ui);
  await watchForSecret(window.page, BMC_PASSWORD);
  await prepare(window, machine.url, desk);
  lab.say('machine, BMC, ISO, config and arguments are there');
  expectThat((await askBmc(bench.bmc)).power === 'Off', 'the machine is not off at first');
  const shown = await reimage(lab, window, machine, appliance);
  const job = await expectJob(lab, appliance, ALPHA.name, MEDIA_STEPS, shown);
  expectThat(machine.said('FIRMWARE') === firmware, `it booted by ${machine.said('FIRMWARE') ?? 'nothing'}`);
  judgeEvents(await appliance.events(), job);
  await judgeBmc(lab, bench, job);
  await openHost(window.page, ALPHA.name);
  await window.picture('host');
  await expectNeverShown(window.page, BMC_PASSWORD);
  window.expectNoComplaints();
}

export const reimageUi: Scenario = {
  name: 'reimage-ui',
  title:
    'From an empty appliance by the UI alone: a machine that is off, its BMC, ISO and config; the sheet, the held button, the live steps, up to done.',
  tier: 'ci',
  needs: [...REIMAGE_NEEDS, 'chromium', 'ui'],
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'dell', firmware: 'uefi', says: 'Dell PowerEdge R750 via Redfish' }),
};

export const reimageUiBios: Scenario = {
  name: 'reimage-ui-bios',
  title: 'The same by the UI alone with an ISO for BIOS only, on another vendor’s BMC (HPE).',
  tier: 'full',
  needs: [...REIMAGE_NEEDS, 'chromium', 'ui'],
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'hpe', firmware: 'bios', says: 'HPE ProLiant DL385 Gen10 Plus v2 via Redfish' }),
};
