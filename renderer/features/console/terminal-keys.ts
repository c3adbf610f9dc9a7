import type { Terminal } from '@xterm/xterm';

export interface TerminalKeys {
  /** Nothing can be typed: keys scroll, and Tab leaves the terminal as any other control. */
  readonly isReadOnly: boolean;
  readonly onLeave: (() => void) | undefined;
}

/** What keys do to the terminal itself; all others are typed. A browser keeps Ctrl-Shift-N, -Q, -T and -W for itself. */
export function handleKeys(terminal: Terminal, { isReadOnly, onLeave }: TerminalKeys): void {
  const shortcuts: Readonly<Record<string, () => void>> = {
    KeyC: () => void navigator.clipboard.writeText(copied(terminal)),
    KeyL: () => onLeave?.(),
  };
  terminal.attachCustomKeyEventHandler((event) => {
    const isShortcut = event.ctrlKey && event.shiftKey;
    // Pasted by the browser, which asks for no permission then.
    if (isShortcut && event.code === 'KeyV') return false;
    const action = isShortcut ? shortcuts[event.code] : isReadOnly ? scrollOf(terminal, event) : undefined;
    if (!action) return !isReadOnly;
    event.preventDefault();
    if (event.type === 'keydown') action();
    return false;
  });
}

function scrollOf(terminal: Terminal, { key, ctrlKey, altKey, metaKey }: KeyboardEvent): (() => void) | undefined {
  const scroll = SCROLL[key];
  return scroll && !ctrlKey && !altKey && !metaKey ? () => scroll(terminal) : undefined;
}

const SCROLL: Readonly<Record<string, (terminal: Terminal) => void>> = {
  ArrowUp: (terminal) => terminal.scrollLines(-1),
  ArrowDown: (terminal) => terminal.scrollLines(1),
  PageUp: (terminal) => terminal.scrollPages(-1),
  PageDown: (terminal) => terminal.scrollPages(1),
  Home: (terminal) => terminal.scrollToTop(),
  End: (terminal) => terminal.scrollToBottom(),
};

/** The selection, else the lines that are visible: without a mouse nothing can be selected. */
function copied(terminal: Terminal): string {
  if (terminal.hasSelection()) return terminal.getSelection();
  const { active } = terminal.buffer;
  const lines = Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '');
  return lines.join('\n').trimEnd();
}
