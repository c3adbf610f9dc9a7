const KEY = 'bootbench-first-run-left';

/** Who leaves the first run is not sent back to it until the window is opened anew. */
export function leaveFirstRun(): void {
  sessionStorage.setItem(KEY, 'yes');
}

export function firstRunWasLeft(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}
