import { expectThat, type Lab } from '../scenario.ts';
import { textsSeen, watchTexts } from './texts.ts';
import type { Window } from './window.ts';

/** The rows that the terminal draws. */
const ROWS = '.console-terminal .xterm-rows';

/** Opens the host's console from its page, and notes what the terminal shows from now on. */
export async function watchConsole(window: Window, host: string): Promise<void> {
  const { page } = window;
  await window.show('Hosts');
  await page.getByRole('link', { name: host, exact: true }).first().click();
  await page.getByRole('button', { name: 'Console', exact: true }).click();
  await page.locator(ROWS).waitFor();
  await watchTexts(page, ROWS);
}

/** Fails where the terminal never showed one of the texts. */
export async function expectShown(window: Window, texts: readonly (string | RegExp)[]): Promise<void> {
  const shown = await textsSeen(window.page);
  for (const text of texts) {
    const isShown = shown.some((seen) => (typeof text === 'string' ? seen.includes(text) : text.test(seen)));
    expectThat(isShown, `the window’s terminal never showed ${String(text)}; at last it showed: ${shown.at(-1)?.slice(-500) ?? 'nothing'}`);
  }
}

/** The host's timeline has all these events; the time of the one with `jump` leads to what the console showed then, and back to live. */
export async function expectTimeline(
  lab: Lab,
  window: Window,
  host: string,
  { events, jump, shows }: { events: readonly (string | RegExp)[]; jump: string | RegExp; shows: RegExp },
): Promise<void> {
  const { page } = window;
  await page.getByRole('heading', { level: 1 }).getByRole('link', { name: host }).click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  for (const event of events) await timeline.getByText(event).first().waitFor();
  await window.picture('timeline');
  const moment = timeline.getByRole('listitem').filter({ hasText: jump }).first();
  await moment.getByRole('link', { name: 'Show the console at this time' }).click();
  await page.locator(ROWS).filter({ hasText: shows }).waitFor();
  await window.picture('jumped');
  lab.fact(`${window.name}: address of the moment`, new URL(page.url()).hash.replace(/\d{10,}$/, 'TIME'));
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.locator(ROWS).filter({ hasText: 'LAB-DONE' }).waitFor();
}
