import { createContext, use } from 'react';

export type Opened = 'image' | 'config' | 'menu';

/** What a row can do; the same object for as long as the view is open, so that rows are not drawn again. */
export interface RowActions {
  open(what: Opened, host: string, anchor: Element): void;
  dismiss(host: string): void;
  remove(host: string): void;
  reimage(host: string): void;
  power(host: string): void;
}

export const RowActionsContext = createContext<RowActions | undefined>(undefined);

export function useRowActions(): RowActions {
  const actions = use(RowActionsContext);
  if (!actions) throw new Error('RowActionsContext is missing around this component');
  return actions;
}
