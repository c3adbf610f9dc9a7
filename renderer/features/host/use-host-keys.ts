import { useEffect } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { go } from '../../store/route.ts';
import { isBusy, isTyping } from '../../ui/keyboard.ts';

/** On a host’s page, R reimages it, P is its power and C its console. */
export function useHostKeys({ name, bmc }: Host): void {
  const sheets = useMachineSheets();
  const hasBmc = bmc !== undefined;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (isTyping(event.target) || isBusy()) return;
      if (event.key.toLowerCase() === 'r') sheets.reimage([name]);
      if (event.key.toLowerCase() === 'p' && hasBmc) sheets.power([name]);
      if (event.key.toLowerCase() === 'c') go('consoles', name);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [sheets, name, hasBmc]);
}
