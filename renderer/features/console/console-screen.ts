import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type IMarker } from '@xterm/xterm';
import type { ConsoleOutput } from '../../../contract/console.ts';
import { noticeLine } from './labels.ts';
import { documentWithSheets } from './style-sheets.ts';

/** Lines that can be scrolled back to. */
const SCROLLBACK_LINES = 10_000;
/** Times are remembered for output at least so far apart. */
const MARK_EVERY_MS = 200;
/** Firmware and installers draw for this size; a terminal is never smaller. */
const COLUMNS = 80;
const ROWS = 24;

const DIM = '\x1b[0;2m';
const RESET = '\x1b[0m';

/** Dark in both themes: what machines print is coloured for a black ground. */
const THEME = {
  background: '#101214',
  foreground: '#e9ebee',
  cursor: '#f5a623',
  cursorAccent: '#1b1500',
  selectionBackground: '#f5a62366',
  black: '#2b3036',
  red: '#ff7b7b',
  green: '#52cfa8',
  yellow: '#f5b84d',
  blue: '#7fb2ff',
  magenta: '#d8a0ff',
  cyan: '#66d0e0',
  white: '#d5d9de',
  brightBlack: '#8b949e',
  brightRed: '#ffa3a3',
  brightGreen: '#7fe3c4',
  brightYellow: '#ffd58a',
  brightBlue: '#a9caff',
  brightMagenta: '#e7c4ff',
  brightCyan: '#9be4ef',
  brightWhite: '#ffffff',
} as const;

export interface ScreenOptions {
  readonly label: string;
  /** Pixels. */
  readonly fontSize: number;
  /** Fills its element; otherwise it has 80 columns and 24 rows. */
  readonly fills: boolean;
  /** Keys and pasted text as bytes; absent: nothing can be typed. */
  readonly onInput?: ((bytes: Uint8Array) => void) | undefined;
  /** Called for Ctrl-Shift-Q. */
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

  constructor(element: HTMLElement, { label, fontSize, fills, onInput, onLeave }: ScreenOptions) {
    const sheets = documentWithSheets();
    this.#terminal = new Terminal({
      documentOverride: sheets.document,
      cols: COLUMNS,
      rows: ROWS,
      fontFamily: '"IBM Plex Mono", ui-monospace, monospace',
      fontSize,
      scrollback: fills ? SCROLLBACK_LINES : 0,
      theme: THEME,
      disableStdin: onInput === undefined,
      cursorBlink: false,
      cursorInactiveStyle: onInput ? 'outline' : 'none',
      screenReaderMode: fills,
    });
    this.#terminal.open(element);
    this.#dispose.push(
      () => this.#terminal.dispose(),
      () => sheets.dispose(),
    );
    this.#terminal.textarea?.setAttribute('aria-label', label);
    if (!onInput) this.#terminal.textarea?.setAttribute('tabindex', '-1');
    if (onInput) this.#listen(onInput, onLeave);
    if (fills) this.#fill(element);
  }

  /** Output in order; times of day are remembered line by line. */
  write({ transcript, offset, at, data, notice }: ConsoleOutput): void {
    if (this.#transcript !== undefined && this.#transcript !== transcript) this.#terminal.write(`${RESET}\r\n`);
    this.#transcript = transcript;
    const last = this.#marks.at(-1);
    if (!last || last.marker.isDisposed || at - last.at >= MARK_EVERY_MS) {
      const marker = this.#terminal.registerMarker(0);
      this.#marks.push({ at, offset, marker });
      if (this.#marks.length > SCROLLBACK_LINES) this.#marks = this.#marks.filter((mark) => !mark.marker.isDisposed);
    }
    if (data !== '') this.#terminal.write(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
    if (notice !== undefined) this.#terminal.write(`${RESET}\r\n${DIM}${noticeLine(at, notice)}${RESET}\r\n`);
  }

  /** All of it is gone. */
  clear(): void {
    this.#marks = [];
    this.#terminal.reset();
  }

  /** Shows the output from that offset of its transcript on, near the top. */
  showOffset(offset: number): void {
    // Written text is parsed later; an empty write comes after it.
    this.#terminal.write('', () => {
      const mark = this.#marks.findLast((each) => each.offset <= offset) ?? this.#marks[0];
      if (!mark || mark.marker.line < 0) return;
      this.#terminal.scrollToLine(Math.max(0, mark.marker.line - 2));
      this.#terminal.selectLines(mark.marker.line, mark.marker.line);
    });
  }

  /** When the topmost visible line was printed. */
  timeAtTop(): number | undefined {
    const top = this.#terminal.buffer.active.viewportY;
    return (this.#marks.findLast(({ marker }) => !marker.isDisposed && marker.line <= top) ?? this.#marks[0])?.at;
  }

  get selection(): string {
    return this.#terminal.getSelection();
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    for (const dispose of this.#dispose) dispose();
  }

  #listen(onInput: (bytes: Uint8Array) => void, onLeave: (() => void) | undefined): void {
    const encoder = new TextEncoder();
    this.#terminal.onData((text) => onInput(encoder.encode(text)));
    this.#terminal.onBinary((text) => onInput(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    this.#terminal.attachCustomKeyEventHandler((event) => {
      if (!event.ctrlKey || !event.shiftKey) return true;
      if (event.code === 'KeyC') {
        if (event.type === 'keydown') void navigator.clipboard.writeText(this.selection);
      } else if (event.code === 'KeyQ') {
        if (event.type === 'keydown') onLeave?.();
      } else return event.code !== 'KeyV';
      event.preventDefault();
      return false;
    });
  }

  #fill(element: HTMLElement): void {
    const fit = new FitAddon();
    this.#terminal.loadAddon(fit);
    const resize = (): void => {
      const size = fit.proposeDimensions();
      if (size && Number.isFinite(size.cols)) this.#terminal.resize(Math.max(size.cols, COLUMNS), Math.max(size.rows, 8));
    };
    const observer = new ResizeObserver(resize);
    observer.observe(element);
    resize();
    this.#dispose.push(() => observer.disconnect());
  }
}
