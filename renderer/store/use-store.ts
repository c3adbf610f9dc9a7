import { createContext, use, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { Call, OpenStream } from './call.ts';
import type { AppStore, AppState } from './store.ts';

export const AppStoreContext = createContext<AppContext | undefined>(undefined);

export interface AppContext {
  readonly store: AppStore;
  readonly call: Call;
  readonly stream: OpenStream;
}

export function useAppContext(): AppContext {
  const context = use(AppStoreContext);
  if (!context) throw new Error('AppStoreContext is missing around this component');
  return context;
}

export function useAppStore<T>(select: (state: AppState) => T): T {
  return useStore(useAppContext().store, select);
}

export function useCall(): Call {
  return useAppContext().call;
}

export function useStream(): OpenStream {
  return useAppContext().stream;
}

/** The time of day in whole seconds (ms since the epoch), the same for every component. */
export function useNow(): number {
  return useSyncExternalStore(everySecond, () => Math.floor(Date.now() / 1000) * 1000);
}

function everySecond(listener: () => void): () => void {
  const timer = setInterval(listener, 1000);
  return () => clearInterval(timer);
}
