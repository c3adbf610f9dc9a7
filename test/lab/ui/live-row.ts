import type { Page } from 'playwright-core';

declare global {
  var labRows: string[] | undefined;
}

/**
 * Writes down every text that a machine's row of the Live list shows from now on: states that stand for less than a second are
 * seen too. Lost with a reload.
 */
export async function watchRow(page: Page, name: string): Promise<void> {
  await page.evaluate((wanted) => {
    const rows: string[] = (globalThis.labRows = []);
    const note = (): void => {
      for (const row of document.querySelectorAll<HTMLElement>('#live li.machine')) {
        // How long ago it was heard is no state.
        const text = row.innerText
          .replaceAll(/\s+/g, ' ')
          .replace(/ (now|\d+ s ago)\b/, '')
          .trim();
        if (text.includes(wanted) && rows.at(-1) !== text) rows.push(text);
      }
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    note();
  }, name);
}

/** What the row has shown, oldest first. */
export async function rowsSeen(page: Page): Promise<string[]> {
  return (await page.evaluate(() => globalThis.labRows)) ?? [];
}
