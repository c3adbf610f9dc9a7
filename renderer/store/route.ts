import { useSyncExternalStore } from 'react';
import { VIEWS, type ViewName } from '../../contract/window-views.ts';

/** Where the window is: a view, and the one thing in it that is open. Stored in the URL's fragment, so it survives a reload. */
export interface ViewRoute {
  readonly view: ViewName;
  readonly name?: string;
}

export function parseRoute(hash: string): ViewRoute {
  const [view = '', name] = hash.replace(/^#\/?/, '').split('/');
  const known = VIEWS.find(({ id }) => id === view)?.id;
  if (!known) return { view: 'bench' };
  return name ? { view: known, name: decodeURIComponent(name) } : { view: known };
}

export function href(view: ViewName, name?: string): string {
  return name === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(name)}`;
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
