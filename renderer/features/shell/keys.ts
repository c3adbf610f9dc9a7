import { useEffect } from 'react';
import { goBack } from '../../store/route.ts';
import { isBusy, isTyping } from '../../ui/keyboard.ts';

/** Keys that work on every view: Ctrl-K opens the command palette, / searches, Esc goes back one step. Open sheets and menus get Esc first. */
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
