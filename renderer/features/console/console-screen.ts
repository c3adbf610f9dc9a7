import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type IMarker } from '@xterm/xterm';
import type { ConsoleOutput } from '../../../contract/console.ts';
import { noticeLine, PAGE } from './labels.ts';
import { handleKeys } from './terminal-keys.ts';
import { openWithAdoptedStyles } from './terminal-styles.ts';
import { TERMINAL_THEME } from './terminal-theme.ts';

/** Lines that can be scrolled back to. */
const SCROLLBACK_LINES = 10_000;
/** Times are remembered for output at least so far apart. */
const MARK_EVERY_MS = 200;
const MARK_EVERY_BYTES = 1024;
/** How far after an offset a text is looked for. */
const MAX_LINES_TO_TEXT = 500;
/** Firmware and installers draw for this size; a terminal is never smaller. */
const COLUMNS = 80;
const ROWS = 24;
const MIN_ROWS = 8;
const NEWLINE = 10;

const QUIET = '\x1b[0;90m';
const RESET = '\x1b[0m';

const FONT = '"IBM Plex Mono"';
const FALLBACK_FONT = 'ui-monospace, monospace';
/** Of the font: advance and line height, per pixel of its size. */
const FONT_ADVANCE = 0.6;
const FONT_LINE = 1.3;
const MIN_FONT_PX = 4;

export interface ScreenOptions {
  readonly label: string;
  /** Pixels; `fit`: 80 columns and 24 rows in its element, which no one types in. Otherwise rows and columns fill the element. */
  readonly fontSize: number | 'fit';
  /** Keys and pasted text as bytes; absent: nothing can be typed. */
  readonly onInput?: ((bytes: Uint8Array) => void) | undefined;
  /** Called for Ctrl-Shift-L. */
  readonly onLeave?: () => void;
}

/** When the line that a marker is on was printed. */
interface Mark {
  readonly at: number;
  readonly offset: number;
  readonly marker: IMarker;
}

/** A terminal in an element, and when its lines were printed. */
export class ConsoleScreen {
  readonly #terminal: Terminal;
  readonly #dispose: (() => void)[] = [];
  #marks: Mark[] = [];
  #transcript: string | undefined;
  #lastMark: { readonly at: number; readonly offset: number } | undefined;
  #isAtLineStart = true;
  #isDisposed = false;
  #resize: () => void = () => undefined;

  constructor(element: HTMLElement, { label, fontSize, onInput, onLeave }: ScreenOptions) {
    const isTile = fontSize === 'fit';
    this.#terminal = new Terminal({
      cols: COLUMNS,
      rows: ROWS,
      fontFamily: FALLBACK_FONT,
      ...(!isTile && { fontSize }),
      // A machine that clears its screen does not take away what can be read back.
      scrollOnEraseInDisplay: !isTile,
      scrollback: isTile ? 0 : SCROLLBACK_LINES,
      theme: TERMINAL_THEME,
      disableStdin: onInput === undefined,
      cursorBlink: false,
      cursorInactiveStyle: onInput ? 'outline' : 'none',
      screenReaderMode: !isTile,
    });
    const removeStyles = openWithAdoptedStyles(() => this.#terminal.open(element));
    this.#dispose.push(() => this.#terminal.dispose(), removeStyles);
    this.#terminal.textarea?.setAttribute('aria-label', label);
    this.#terminal.textarea?.setAttribute('aria-description', onInput ? PAGE.keysOfTerminal : PAGE.keysOfTranscript);
    if (isTile) {
      this.#terminal.textarea?.setAttribute('tabindex', '-1');
      this.#onResize(element, () => this.#fitFont(element));
    } else {
      const encoder = new TextEncoder();
      handleKeys(this.#terminal, { isReadOnly: onInput === undefined, onLeave });
      this.#terminal.onData((text) => onInput?.(encoder.encode(text)));
      this.#terminal.onBinary((text) => onInput?.(Uint8Array.from(text, (char) => char.charCodeAt(0))));
      const fit = new FitAddon();
      this.#terminal.loadAddon(fit);
      this.#resize = () => fitSize(this.#terminal, fit);
      this.#onResize(element, this.#resize);
    }
    void this.#useFont();
  }

  /** Output in order; when its lines were printed is remembered. `place`: an offset that `showOffset` will show exactly. */
  write({ transcript, offset, at, data, notice }: ConsoleOutput, place?: number): void {
    if (this.#transcript !== undefined && this.#transcript !== transcript) {
      this.#terminal.write(`${RESET}\r\n`);
      this.#isAtLineStart = true;
      this.#lastMark = undefined;
    }
    this.#transcript = transcript;
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    for (const [from, to] of slicesOf(bytes.length, place === undefined ? undefined : place - offset)) {
      this.#mark(at, offset + from, offset + from === place);
      this.#terminal.write(bytes.subarray(from, to));
    }
    if (bytes.length > 0) this.#isAtLineStart = bytes.at(-1) === NEWLINE;
    if (notice === undefined) return;
    this.#mark(at, offset + bytes.length, true);
    this.#terminal.write(`${RESET}${this.#isAtLineStart ? '' : '\r\n'}${QUIET}${noticeLine(at, notice)}${RESET}\r\n`);
    this.#isAtLineStart = true;
  }

  /** All of it is gone. */
  clear(): void {
    this.#transcript = undefined;
    this.#lastMark = undefined;
    this.#isAtLineStart = true;
    this.#parsed(() => {
      this.#marks = [];
      this.#terminal.reset();
    });
  }

  /** Shows the output at that offset of its transcript in the upper half; selects its line, or the first one from there on with `text`. */
  showOffset(offset: number, text = ''): void {
    this.#parsed(() => {
      const mark = this.#marks.findLast((each) => each.offset <= offset) ?? this.#marks[0];
      if (!mark || mark.marker.line < 0) return;
      const line = this.#findLine(mark.marker.line, text);
      this.#terminal.scrollToLine(Math.max(0, line - this.#linesAbove));
      if (offset > 0 || text !== '') this.#terminal.selectLines(line, line);
    });
  }

  /** Lines above a place, which show what led to it. */
  get #linesAbove(): number {
    return Math.floor(this.#terminal.rows / 3);
  }

  #findLine(from: number, text: string): number {
    const { active } = this.#terminal.buffer;
    const start = withoutGaps(text).slice(0, COLUMNS / 2);
    for (let line = from; line < Math.min(active.length, from + MAX_LINES_TO_TEXT); line++)
      if (withoutGaps(active.getLine(line)?.translateToString(true) ?? '').includes(start)) return line;
    return from;
  }

  /** When the line that `showOffset` would scroll to was printed. */
  timeShown(): number | undefined {
    const line = this.#terminal.buffer.active.viewportY + this.#linesAbove;
    return (this.#marks.findLast(({ marker }) => !marker.isDisposed && marker.line <= line) ?? this.#marks[0])?.at;
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const dispose of this.#dispose) dispose();
  }

  #mark(at: number, offset: number, isExact: boolean): void {
    const last = this.#lastMark;
    if (last && !isExact && at - last.at < MARK_EVERY_MS && offset - last.offset < MARK_EVERY_BYTES) return;
    this.#lastMark = { at, offset };
    this.#parsed(() => {
      this.#marks.push({ at, offset, marker: this.#terminal.registerMarker(0) });
      if (this.#marks.length > SCROLLBACK_LINES) this.#marks = this.#marks.filter((mark) => !mark.marker.isDisposed);
    });
  }

  /** Written text is parsed later; this is called between what was written before and what comes after. */
  #parsed(then: () => void): void {
    this.#terminal.write('', then);
  }

  /** The terminal measures the font once, so it gets it when it is loaded. */
  async #useFont(): Promise<void> {
    await document.fonts.load(`14px ${FONT}`).catch(() => []);
    if (this.#isDisposed) return;
    this.#terminal.options.fontFamily = `${FONT}, ${FALLBACK_FONT}`;
    this.#resize();
  }

  #onResize(element: HTMLElement, resize: () => void): void {
    const observer = new ResizeObserver(resize);
    observer.observe(element);
    resize();
    this.#dispose.push(() => observer.disconnect());
  }

  #fitFont({ clientWidth, clientHeight }: HTMLElement): void {
    const size = Math.min(clientWidth / (COLUMNS * FONT_ADVANCE), clientHeight / (ROWS * FONT_LINE));
    this.#terminal.options.fontSize = Math.max(MIN_FONT_PX, Math.floor(size * 2) / 2);
  }
}

/** Where each slice starts and ends; one starts at `place`, if it is in between. */
function* slicesOf(length: number, place: number | undefined): Generator<[number, number]> {
  for (let from = 0; from < length;) {
    const end = Math.min(length, from + MARK_EVERY_BYTES);
    const to = place !== undefined && place > from && place < end ? place : end;
    yield [from, to];
    from = to;
  }
}

function withoutGaps(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function fitSize(terminal: Terminal, fit: FitAddon): void {
  const size = fit.proposeDimensions();
  if (size && Number.isFinite(size.cols)) terminal.resize(Math.max(size.cols, COLUMNS), Math.max(size.rows, MIN_ROWS));
}
