import { createContext, use } from 'react';

/** What can be done to machines from anywhere; each opens a sheet that says to which ones. */
export interface MachineSheets {
  /** Without names, the sheet asks which ones. */
  reimage(hosts: readonly string[]): void;
  power(hosts: readonly string[]): void;
}

export const SheetsContext = createContext<MachineSheets | undefined>(undefined);

export function useMachineSheets(): MachineSheets {
  const sheets = use(SheetsContext);
  if (!sheets) throw new Error('no sheets around this component');
  return sheets;
}
