import { useEffect } from 'react';
import { goBack } from '../../store/route.ts';

/** Where typing goes into a field, keys are letters. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** While a sheet or a menu is open, keys are its own. */
export function isBusy(): boolean {
  return document.querySelector('[role="dialog"], [role="listbox"], [role="menu"]') !== null;
}

/** Keys that work on every view: Ctrl-K does anything, / searches, Esc goes back one step. Open sheets and menus take Esc first. */
export function useKeys(openPalette: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape' && !isBusy()) {
        if (isTyping(event.target)) (event.target as HTMLElement).blur();
        else goBack();
      }
      if (event.key === '/' && !isTyping(event.target)) {
        const search = document.querySelector<HTMLElement>('[data-search] input, input[data-search]');
        if (!search) return;
        event.preventDefault();
        search.focus();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [openPalette]);
}
