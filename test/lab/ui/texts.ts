import type { Page } from 'playwright-core';

declare global {
  var labTexts: string[] | undefined;
}

/**
 * Writes down every text that elements of this selector show from now on, of those that hold `wanted`: what stands for less than
 * a second is seen too. Lost with a reload.
 */
export async function watchTexts(page: Page, selector: string, wanted = ''): Promise<void> {
  await page.evaluate(
    ([from, words]) => {
      const texts: string[] = (globalThis.labTexts = []);
      const note = (): void => {
        for (const element of document.querySelectorAll<HTMLElement>(from)) {
          // The time of its last message is not a state.
          const text = element.innerText
            .replaceAll(/\s+/g, ' ')
            .replace(/ (now|\d+ s ago)\b/, '')
            .trim();
          if (text.includes(words) && texts.at(-1) !== text) texts.push(text);
        }
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      note();
    },
    [selector, wanted] as const,
  );
}

/** What they have shown, oldest first. */
export async function textsSeen(page: Page): Promise<string[]> {
  return (await page.evaluate(() => globalThis.labTexts)) ?? [];
}

/** The machine’s row of the Live list. */
export const LIVE_ROW = '#live li.machine';
