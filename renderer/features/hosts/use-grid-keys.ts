import type { KeyboardEvent } from 'react';

export interface GridKeys {
  /** Names of the rows in the order shown. */
  readonly names: readonly string[];
  /** Rows that fit the window, for Page Up and Down. */
  readonly page: number;
  move(index: number, extend: boolean, widget: number | undefined): void;
  toggle(name: string): void;
  selectAll(): void;
  /** False when nothing was selected. */
  clear(): boolean;
  open(name: string): void;
  remove(name: string): void;
  reimage(name: string): void;
  power(name: string): void;
}

const WIDGETS = 'a[href], button:not(:disabled)';

/** The keys of the grid: arrows move, Space selects, Enter opens, R reimages, P is power, Left and Right reach what is in a row. */
export function onGridKey(event: KeyboardEvent<HTMLElement>, grid: GridKeys): void {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>('[data-host]');
  const name = row?.dataset.host;
  if (!row || name === undefined || event.altKey) return;
  const done = event.ctrlKey || event.metaKey ? onCtrlKey(event.key, grid) : onPlainKey(event, { row, name, target }, grid);
  if (!done) return;
  event.preventDefault();
  event.stopPropagation();
}

function onCtrlKey(key: string, grid: GridKeys): boolean {
  if (key !== 'a') return false;
  grid.selectAll();
  return true;
}

interface Place {
  readonly row: HTMLElement;
  readonly name: string;
  readonly target: HTMLElement;
}

function onPlainKey(event: KeyboardEvent, place: Place, grid: GridKeys): boolean {
  const { row, name, target } = place;
  const goal = goalOf(event.key, grid.names.indexOf(name), grid);
  if (goal !== undefined) {
    grid.move(Math.min(Math.max(goal, 0), grid.names.length - 1), event.shiftKey, widgetIndex(row, target));
    return true;
  }
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') return stepWithin(row, target, event.key === 'ArrowRight' ? 1 : -1);
  if (event.key === 'Escape') return leave(row, target, grid);
  if (target !== row) return false;
  if (event.key === ' ') grid.toggle(name);
  else if (event.key === 'Enter') grid.open(name);
  else if (event.key === 'Delete') grid.remove(name);
  else if (event.key.toLowerCase() === 'r') grid.reimage(name);
  else if (event.key.toLowerCase() === 'p') grid.power(name);
  else return false;
  return true;
}

function goalOf(key: string, index: number, { names, page }: GridKeys): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1;
    case 'ArrowUp':
      return index - 1;
    case 'PageDown':
      return index + page;
    case 'PageUp':
      return index - page;
    case 'Home':
      return 0;
    case 'End':
      return names.length - 1;
    default:
      return undefined;
  }
}

function widgetsOf(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(WIDGETS)];
}

function widgetIndex(row: HTMLElement, target: HTMLElement): number | undefined {
  const index = widgetsOf(row).indexOf(target);
  return index < 0 ? undefined : index;
}

function stepWithin(row: HTMLElement, target: HTMLElement, step: 1 | -1): boolean {
  const places = [row, ...widgetsOf(row)];
  places[places.indexOf(target) + step]?.focus();
  return true;
}

function leave(row: HTMLElement, target: HTMLElement, grid: GridKeys): boolean {
  if (target === row) return grid.clear();
  row.focus();
  return true;
}

/** Puts the keyboard on a row, or on the same thing in it as before. */
export function focusRow(body: HTMLElement, name: string, widget: number | undefined): boolean {
  const row = body.querySelector<HTMLElement>(`[data-host="${CSS.escape(name)}"]`);
  if (!row) return false;
  const target = widget === undefined ? row : (widgetsOf(row)[widget] ?? row);
  target.focus({ preventScroll: true });
  return true;
}
