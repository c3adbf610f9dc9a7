const KEY = 'bootbench-token';

/** The token that the URL brought (`#token=…`): kept for this tab, and taken out of the address bar and the history. */
export function takeToken(): string | undefined {
  const brought = new URLSearchParams(location.hash.slice(1)).get('token');
  if (brought !== null) {
    sessionStorage.setItem(KEY, brought);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? undefined;
}
