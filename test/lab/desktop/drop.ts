/**
 * `node drop.ts ENDPOINT FILE PICTURE`, in the network namespace of a desktop with a DevTools endpoint: drops the file on its window as the
 * system's drag does, confirms the offer, and takes a picture once the Images view shows it. Prints what the page says then.
 */
import { writeFileSync } from 'node:fs';
import { Cdp } from '../../electron/cdp.ts';
import { until } from '../../electron/session.ts';

const [endpoint = '', file = '', picture = ''] = process.argv.slice(2);

const page = await until('the page can be debugged', async () => {
  const answer = await fetch(new URL('/json', endpoint.replace('ws:', 'http:')));
  const targets = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[];
  const target = targets.find(({ type }) => type === 'page');
  return target && Cdp.open(target.webSocketDebuggerUrl);
});
await until('the page is connected', () => page.evaluate<boolean>(`document.querySelector('.header') !== null`));
const data = { items: [], files: [file], dragOperationsMask: 1 };
for (const type of ['dragEnter', 'dragOver', 'drop']) await page.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
const submit = `document.querySelector('form.offer button[type=submit]')`;
await until('the ISO is offered', () => page.evaluate<boolean>(`${submit} !== null && !${submit}.disabled`));
await page.evaluate(`${submit}.click()`);
await page.evaluate(`location.hash = '#/images'`);
const rows = `[...document.querySelectorAll('[role=row], tr')].map((row) => row.innerText)`;
const words = await until(
  'the ISO is imported',
  () => page.evaluate<string | false>(`${rows}.find((text) => /lab/.test(text) && !/importing/.test(text)) ?? false`),
  60_000,
);
const { data: png } = await page.send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
writeFileSync(picture, Buffer.from(png, 'base64'));
console.log(String(words).replaceAll(/\s+/g, ' '));
page.close();
