/**
 * Bytes that terminals send for keys without a character, as firmware menus, GRUB and Linux expect them on a serial line (xterm, VT100 with
 * the VT220's editing keys; EDK II's TerminalDxe reads the same for its VT-UTF8 and PC-ANSI function keys).
 */
export const CONSOLE_KEYS = {
  Enter: '\r',
  Esc: '\x1b',
  Tab: '\t',
  Backspace: '\x7f',
  Delete: '\x1b[3~',
  Insert: '\x1b[2~',
  Up: '\x1b[A',
  Down: '\x1b[B',
  Right: '\x1b[C',
  Left: '\x1b[D',
  Home: '\x1b[H',
  End: '\x1b[F',
  PageUp: '\x1b[5~',
  PageDown: '\x1b[6~',
  F1: '\x1bOP',
  F2: '\x1bOQ',
  F3: '\x1bOR',
  F4: '\x1bOS',
  F5: '\x1b[15~',
  F6: '\x1b[17~',
  F7: '\x1b[18~',
  F8: '\x1b[19~',
  F9: '\x1b[20~',
  F10: '\x1b[21~',
  F11: '\x1b[23~',
  F12: '\x1b[24~',
} as const;

export type ConsoleKey = keyof typeof CONSOLE_KEYS;

/**
 * Function keys as an escape and a digit, which BIOSes read where a terminal's own sequence is cut apart on a slow line (AMI and Phoenix
 * console redirection: Esc 0 is F10, Esc ! is F11, Esc @ is F12).
 */
export const FIRMWARE_KEYS: Readonly<Partial<Record<ConsoleKey, string>>> = {
  F1: '\x1b1',
  F2: '\x1b2',
  F3: '\x1b3',
  F4: '\x1b4',
  F5: '\x1b5',
  F6: '\x1b6',
  F7: '\x1b7',
  F8: '\x1b8',
  F9: '\x1b9',
  F10: '\x1b0',
  F11: '\x1b!',
  F12: '\x1b@',
  Delete: '\x1b-',
};
