import { useSyncExternalStore } from 'react';
import { VIEWS, type ViewName } from '../../contract/window-views.ts';

/** Where the window is: a view, and the one thing in it that is open. Stored in the URL's fragment, so it survives a reload. */
export interface ViewRoute {
  readonly view: ViewName;
  readonly name?: string;
  /** A time in it (ms since the epoch), where it has times. */
  readonly at?: number;
}

export function parseRoute(hash: string): ViewRoute {
  const [view = '', name, at] = hash.replace(/^#\/?/, '').split('/');
  const known = VIEWS.find(({ id }) => id === view)?.id;
  if (!known) return { view: 'bench' };
  if (!name) return { view: known };
  return { view: known, name: decodeURIComponent(name), ...(at !== undefined && /^\d{1,15}$/.test(at) && { at: Number(at) }) };
}

export function href(view: ViewName, name?: string, at?: number): string {
  if (name === undefined) return `#/${view}`;
  return `#/${view}/${encodeURIComponent(name)}${at === undefined ? '' : `/${at}`}`;
}

export function go(view: ViewName, name?: string): void {
  location.hash = href(view, name);
}

/** One step back: from the open thing to its view, from a view to Bench. */
export function goBack(): void {
  const route = parseRoute(location.hash);
  if (route.name !== undefined) go(route.view);
  else if (route.view !== 'bench') go('bench');
}

export function useRoute(): ViewRoute {
  const hash = useSyncExternalStore(onHash, () => location.hash);
  return parseRoute(hash);
}

function onHash(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
