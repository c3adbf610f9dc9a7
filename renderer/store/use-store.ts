import { createContext, use, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { Call } from './call.ts';
import type { AppStore, AppState } from './store.ts';

export const AppStoreContext = createContext<{ bench: AppStore; call: Call } | undefined>(undefined);

function useContext(): { bench: AppStore; call: Call } {
  const context = use(AppStoreContext);
  if (!context) throw new Error('no bench around this component');
  return context;
}

export function useAppStore<T>(select: (state: AppState) => T): T {
  return useStore(useContext().bench, select);
}

export function useCall(): Call {
  return useContext().call;
}

/** The time of day in whole seconds, the same for everybody on the page. */
export function useNow(): number {
  return useSyncExternalStore(everySecond, () => Math.floor(Date.now() / 1000) * 1000);
}

function everySecond(listener: () => void): () => void {
  const timer = setInterval(listener, 1000);
  return () => clearInterval(timer);
}
