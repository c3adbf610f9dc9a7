import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A rectangle on the desktop in device-independent pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  /** Where the window is while it is not maximized; absent when the system may choose. */
  readonly at?: Area | undefined;
  readonly maximized: boolean;
}

export const SMALLEST = { width: 800, height: 500 };
/** So much of the title bar must be in sight for a hand to take it. */
const HOLD = { width: 120, height: 32 };
const FRESH: WindowState = { maximized: false };

/** The state of last time, or a fresh one where the file is missing, damaged, or of a screen that is gone. */
export function readWindowState(file: string, workAreas: readonly Area[]): WindowState {
  let saved: unknown;
  try {
    saved = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return FRESH;
  }
  if (typeof saved !== 'object' || saved === null) return FRESH;
  const maximized = 'maximized' in saved && saved.maximized === true;
  const area = 'at' in saved ? areaOf(saved.at) : undefined;
  const at = area && within(area, workAreas);
  return at && canBeHeld(at, workAreas) ? { at, maximized } : { maximized };
}

/** The area with a size that the window may have: no X server makes a window of 99999 pixels. A window may lie over all screens. */
function within(area: Area, workAreas: readonly Area[]): Area {
  const across = extent(workAreas.map(({ x, width }) => [x, x + width]));
  const down = extent(workAreas.map(({ y, height }) => [y, y + height]));
  const clamp = (size: number, smallest: number, largest: number): number => Math.max(smallest, Math.min(size, largest));
  return { ...area, width: clamp(area.width, SMALLEST.width, across), height: clamp(area.height, SMALLEST.height, down) };
}

function extent(spans: readonly (readonly [from: number, to: number])[]): number {
  return Math.max(...spans.map(([, to]) => to)) - Math.min(...spans.map(([from]) => from));
}

/** Written to a second file and renamed, so a crash leaves the old one. On a full disk only the window's position is lost. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
    renameSync(`${file}.new`, file);
  } catch {
    // The next start opens in the middle.
  }
}

/** Whether the title bar can be reached on some screen. */
export function canBeHeld(window: Area, workAreas: readonly Area[]): boolean {
  return workAreas.some((screen) => {
    const across = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
    return across >= HOLD.width && window.y >= screen.y && window.y + HOLD.height <= screen.y + screen.height;
  });
}

/** What a window reports of itself. */
export interface Observed {
  readonly bounds: Area;
  readonly maximized: boolean;
  /** Minimized or full screen: its bounds are not those that it will have. */
  readonly hidden: boolean;
}

/** Larger than the frame of any window manager: a window that moved further was moved by its user. */
const MAX_FRAME = { x: 64, y: 128 };

/** A window followed from where the program placed it. */
export interface Followed {
  /**
   * To be called with where the window is at each move of its first moments: the first one is the window manager's, which adds its frame.
   * Later calls change nothing.
   */
  settle(bounds: Area): void;
  /** The state to save. */
  next(observed: Observed): WindowState;
}

/**
 * X11 counts the frame into where a window is placed, and not into where it is found: the frame is subtracted, or the window would move by
 * it with every start.
 */
export function followState(opened: WindowState, placed: Area): Followed {
  let state = opened;
  let frame: { readonly x: number; readonly y: number } | undefined;
  return {
    settle(bounds) {
      frame ??= frameBetween(placed, bounds);
    },
    next({ bounds, maximized, hidden }) {
      if (hidden) return state;
      if (maximized) return (state = { ...state, maximized });
      const { x, y } = frame ?? { x: 0, y: 0 };
      return (state = { at: { ...bounds, x: bounds.x - x, y: bounds.y - y }, maximized });
    },
  };
}

function frameBetween(placed: Area, found: Area): { x: number; y: number } | undefined {
  const x = found.x - placed.x;
  const y = found.y - placed.y;
  const isFrame =
    x >= 0 && x <= MAX_FRAME.x && y >= 0 && y <= MAX_FRAME.y && found.width === placed.width && found.height === placed.height;
  return isFrame ? { x, y } : undefined;
}

function areaOf(value: unknown): Area | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height } = value as Record<keyof Area, unknown>;
  if (!isInteger(x) || !isInteger(y) || !isInteger(width) || !isInteger(height)) return undefined;
  return { x, y, width, height };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) < 100_000;
}
