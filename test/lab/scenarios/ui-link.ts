import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { cable, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { openBrowser, Window } from '../ui/window.ts';

const ADDRESS = '192.168.50.1';
const ARGS = ['--nic', 'lab0', '--pool', '192.168.50.100-192.168.50.150'];
/** While the appliance is dead the browser itself reports refused connections. */
const REFUSED = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/;

/** Milliseconds that `work` takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return Math.round(performance.now() - begin);
}

/** Whether the page is still the document that was opened: a reload would forget the mark. */
const MARK = 'bootbenchLabMark';

async function markDocument({ page }: Window): Promise<void> {
  await page.evaluate((mark) => Object.assign(globalThis, { [mark]: true }), MARK);
}

async function expectSameDocument({ page }: Window, when: string): Promise<void> {
  expectThat(await page.evaluate((mark) => mark in globalThis, MARK), `the page was reloaded ${when}`);
}

/** The service lights of the status line, as words. */
function lights({ page }: Window): ReturnType<typeof page.locator> {
  return page.getByRole('contentinfo');
}

async function expectLights(window: Window, state: RegExp): Promise<void> {
  for (const service of ['DHCP', 'TFTP', 'HTTP'])
    await lights(window)
      .getByRole('link', { name: new RegExp(`^${service}.*${state.source}`) })
      .waitFor();
}

async function linkDownAndUp(lab: Lab, window: Window, bench: Namespace): Promise<void> {
  await expectLights(window, /ready/);
  await window.sees(`lab0 has ${ADDRESS}/24`);
  const down = await timed(async () => {
    await bench.down('port1');
    await window.sees(/lab0 has no link/);
    await expectLights(window, /needs you/);
  });
  await window.picture('link-down');
  const up = await timed(async () => {
    await bench.up('port1');
    await window.sees(`lab0 has ${ADDRESS}/24`);
    await expectLights(window, /ready/);
  });
  await window.sees(/lost its link/);
  await expectSameDocument(window, 'while the link went and came');
  lab.fact('link down: ms until the page says so', down);
  lab.fact('link up: ms until the page says ready', up);
}

/** kill -9 and a start on the same data directory: the page that stayed open shows the same hosts by itself. */
async function deathAndReturn(lab: Lab, window: Window, laptop: Namespace, appliance: Appliance, dataDir: string): Promise<Appliance> {
  await window.show('Hosts');
  const token = tokenOf(dataDir);
  const away = await timed(async () => {
    await appliance.kill();
    await window.sees('Bootbench is not responding.');
  });
  await expectLights(window, /unknown/);
  await window.page.getByRole('row', { name: 'r750-03' }).waitFor();
  await window.picture('appliance-away');
  const next = lab.use(await startAppliance(laptop, { dataDir, args: ARGS }));
  const back = await timed(async () => {
    await window.page.getByText('Bootbench is not responding.').waitFor({ state: 'detached' });
    await window.page.getByRole('banner').getByText('live').waitFor();
    await expectLights(window, /ready/);
  });
  await window.page.getByRole('row', { name: 'r750-03' }).waitFor();
  await expectSameDocument(window, 'while the appliance was away');
  expectThat(tokenOf(dataDir) === token, 'the second start made another token');
  lab.fact('appliance killed: ms until the page says so', away);
  lab.fact('appliance ready: ms until the page is live', back);
  return next;
}

function tokenOf(dataDir: string): string {
  return readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
}

/** The address keeps the view, the tab keeps the token. */
async function reloadKeeps(window: Window, dataDir: string): Promise<void> {
  await window.page.getByRole('link', { name: 'x11-02' }).click();
  const before = window.page.url();
  await window.page.reload();
  await window.page.getByRole('banner').getByText('live').waitFor();
  await window.page.getByRole('main').getByText('52:54:00:00:50:02').first().waitFor();
  expectThat(window.page.url() === before, `the reload left ${before} for ${window.page.url()}`);
  expectThat(before.endsWith('#/hosts/x11-02'), `the host’s address is ${before}`);
  const kept = await window.page.evaluate(() => Object.values<unknown>(sessionStorage));
  expectThat(kept.includes(tokenOf(dataDir)), 'the tab does not keep the token');
}

async function run(lab: Lab): Promise<void> {
  const [laptop, bench] = [await lab.namespace('laptop'), await lab.namespace('switch')];
  await bench.bridge('sw0');
  await cable({ ns: laptop, dev: 'lab0', address: `${ADDRESS}/24` }, { ns: bench, dev: 'port1', bridge: 'sw0' });
  const dataDir = join(lab.dir, 'data');
  const first = lab.use(await startAppliance(laptop, { dataDir, args: ARGS }));
  await first.must('host', 'add', 'r750-03', '--mac', '52:54:00:00:50:01');
  await first.must('host', 'add', 'x11-02', '--mac', '52:54:00:00:50:02');

  const window = await Window.open(lab, await openBrowser(lab, laptop), 'window', first.ready.ui);
  await window.show('Bench');
  await markDocument(window);
  await linkDownAndUp(lab, window, bench);
  const second = await deathAndReturn(lab, window, laptop, first, dataDir);
  await second.must('host', 'add', 'nuc-11', '--mac', '52:54:00:00:50:03');
  await window.page.getByRole('row', { name: 'nuc-11' }).waitFor();
  await reloadKeeps(window, dataDir);
  window.expectNoComplaints(REFUSED);
}

export const uiLink: Scenario = {
  name: 'ui-link',
  title:
    'An open page shows when the link goes down and up, and when the appliance is killed and restarted; a reload keeps view and token.',
  tier: 'ci',
  needs: ['root', 'appliance', 'chromium', 'ui'],
  run,
};
