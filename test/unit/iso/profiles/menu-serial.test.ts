import { describe, expect, it } from 'vitest';
import { bootConfigEdits } from '../../../../main-services/iso/bootconfig/edit.ts';
import { applyEdits } from '../../../../main-services/iso/bootconfig/text-edits.ts';
import type { BootConfigKind } from '../../../../main-services/iso/bootconfig/types.ts';
import { menuSerialOf } from '../../../../main-services/iso/profiles/console.ts';

const COM2 = { unit: 1, speed: 57600 };

function edited(kind: BootConfigKind, text: string, serial = COM2): string {
  return applyEdits(text, bootConfigEdits(kind, text, { append: [], serial, timeoutSeconds: 5 }, 'boot.cfg', [])).text;
}

describe('the port of boot menus', () => {
  it.each<[string[], ReturnType<typeof menuSerialOf>]>([
    [['console=tty0', 'console=ttyS1,57600n8'], COM2],
    [['console=ttyS0,115200', 'quiet', 'console=ttyS1,57600n8'], COM2],
    [['console=ttyS0'], { unit: 0, speed: 9600 }],
    [['console=tty0', 'console=ttyAMA0,115200'], undefined],
    [['xconsole=ttyS1'], undefined],
    [[], undefined],
  ])('%j', (words, port) => {
    expect(menuSerialOf([{ words }])).toEqual(port);
  });

  it('is that of the part that the kernel reads last', () => {
    expect(menuSerialOf([{ words: ['console=ttyS0,115200'] }, { words: ['a=1'] }, { words: ['console=ttyS1,57600'] }])).toEqual(COM2);
  });
});

describe('GRUB on the serial port', () => {
  const MENU = "set timeout=5\nterminal_output console\nmenuentry 'A' { linux /vmlinuz }\n";
  const ADDED = 'if serial --unit=1 --speed=57600; then\n  terminal_input --append serial\n  terminal_output --append serial\nfi\n';

  it.each<[string, string, string]>([
    ['after what the script says of terminals', MENU, MENU + ADDED],
    ['where the last line has no end', MENU.trimEnd(), MENU + ADDED],
    ['not where the script opens one', `serial --unit=0\n${MENU}`, `serial --unit=0\n${MENU}`],
    ['not where the script uses one', `terminal_input serial console\n${MENU}`, `terminal_input serial console\n${MENU}`],
    ['not in a script without a menu', 'set timeout=5\nsource /grub.cfg\n', 'set timeout=5\nsource /grub.cfg\n'],
    ['with the line ends of the file', MENU.replaceAll('\n', '\r\n'), (MENU + ADDED).replaceAll('\n', '\r\n')],
  ])('%s', (_case, text, result) => {
    expect(edited('grub', text)).toBe(result);
  });
});

describe('isolinux on the serial port', () => {
  const MENU = 'default vesamenu.c32\ntimeout 50\nlabel a\n  kernel vmlinuz\n';

  it.each<[string, string, string]>([
    ['in the first line', MENU, `serial 1 57600\n${MENU}`],
    [
      'in front of a timeout that is added',
      MENU.replace('timeout 50\n', ''),
      `serial 1 57600\ntimeout 50\n${MENU.replace('timeout 50\n', '')}`,
    ],
    ['not where the file has one', `SERIAL 0 9600\n${MENU}`, `SERIAL 0 9600\n${MENU}`],
    ['not in a file that another one includes', 'label a\n  kernel vmlinuz\n', 'label a\n  kernel vmlinuz\n'],
  ])('%s', (_case, text, result) => {
    expect(edited('isolinux', text)).toBe(result);
  });
});
