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
  const at = 'at' in saved ? areaOf(saved.at) : undefined;
  return at && canBeHeld(at, workAreas) ? { at, maximized } : { maximized };
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

function areaOf(value: unknown): Area | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height } = value as Record<keyof Area, unknown>;
  if (!isInteger(x) || !isInteger(y) || !isInteger(width) || !isInteger(height)) return undefined;
  return { x, y, width: Math.max(width, SMALLEST.width), height: Math.max(height, SMALLEST.height) };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) < 100_000;
}
