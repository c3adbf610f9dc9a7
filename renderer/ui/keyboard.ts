/** Where typing goes into a field, keys are letters. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** While a sheet or a menu is open, keys are its own. */
export function isBusy(): boolean {
  return document.querySelector('[role="dialog"], [role="listbox"], [role="menu"]') !== null;
}
