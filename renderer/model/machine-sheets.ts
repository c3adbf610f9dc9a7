import { createContext, use } from 'react';

/** What can be done to machines from any view; each opens a sheet that shows which ones. */
export interface MachineSheets {
  /** Without names, the sheet asks which machines. */
  reimage(hosts: readonly string[]): void;
  power(hosts: readonly string[]): void;
}

export const SheetsContext = createContext<MachineSheets | undefined>(undefined);

export function useMachineSheets(): MachineSheets {
  const sheets = use(SheetsContext);
  if (!sheets) throw new Error('SheetsContext is missing around this component');
  return sheets;
}
