import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { ManagementServer } from '../fixtures/management-server.ts';
import { launch } from './browser.ts';
import { UI } from './page-checks.ts';
import { fill, openUi } from './ui-fixture.ts';
import { pretendBmcs, pretendJobs, type Jobs } from './bmc-fakes.ts';

const HOST = 'r750-03';
const SIZE = { width: 1280, height: 800 };

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly dark?: boolean;
  /** Brings the view into the state of the picture, after it has loaded. */
  readonly arrange?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'bench-dark', hash: '#/bench', dark: true, arrange: (page) => shows(page, HOST) },
  { name: 'hosts', hash: '#/hosts', arrange: (page) => page.getByRole('row', { name: HOST }).waitFor() },
  { name: 'host', hash: `#/hosts/${HOST}`, arrange: (page) => page.getByRole('progressbar').first().waitFor() },
  { name: 'reimage', hash: '#/hosts', arrange: openReimageSheet },
  { name: 'jobs', hash: '#/jobs', arrange: (page) => shows(page, HOST) },
  { name: 'image', hash: '#/images/Fedora-43', arrange: (page) => page.getByRole('heading', { name: 'Fedora-43' }).waitFor() },
  { name: 'config', hash: '#/configs/fedora-web', arrange: (page) => shows(page, 'nuc-12, web') },
  { name: 'network', hash: '#/network', arrange: (page) => shows(page, '192.168.77.13') },
];

/** Takes the README's pictures of the built UI, on the stage of the UI tests. Returns the paths of the files. */
export async function takePictures(folder: string): Promise<string[]> {
  const bmcs = pretendBmcs();
  const jobs = pretendJobs(() => bench, bmcs.rooms.bmc);
  const bench: ManagementServer = await openUi(UI, { ...bmcs.rooms, jobs: jobs.room });
  const browser = await launch();
  try {
    const stage = await fill(bench);
    for (const [name, address] of [
      ['r750-03', '192.168.77.203'],
      ['r750-04', '192.168.77.204'],
    ] as const) {
      bench.inventory.patchHost(name, { bmc: { address, username: 'root' } });
      bmcs.passwords.set(name, 'secret');
    }
    stage.lease();
    const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' });
    await page.goto(bench.management.uiUrl);
    const paths: string[] = [];
    for (const { name, hash, dark = false, arrange } of PICTURES) {
      if (name === 'jobs') startJobs(jobs);
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
      await page.evaluate((next) => (location.hash = next), hash);
      await page.reload();
      stage.move();
      await arrange?.(page);
      // Fonts, the fleet’s vendors and folded panels settle.
      await page.waitForTimeout(800);
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path });
      paths.push(path);
    }
    return paths;
  } finally {
    await browser.close();
    await bench.stop();
  }
}

/** One job that has come to its end, one that reads its medium, one that waits for a technician. */
function startJobs(jobs: Jobs): void {
  jobs.at('nuc-12', 'fleet1', 'end');
  jobs.at('r750-04', 'fleet2', 'insert');
  jobs.at(HOST, 'fleet2', 'watch');
  jobs.at('nuc-11', 'fleet3', 'ask');
}

async function openReimageSheet(page: Page): Promise<void> {
  await page.getByRole('row', { name: HOST }).focus();
  for (const key of ['Space', 'ArrowDown', 'Space', 'r']) await page.keyboard.press(key);
  await page.getByRole('dialog').waitFor();
}

async function shows(page: Page, text: string): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}
