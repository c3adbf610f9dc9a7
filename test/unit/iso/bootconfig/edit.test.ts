import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { editBootConfig, editBootConfigBytes } from '../../../../main-services/iso/bootconfig/edit.ts';
import type { BootConfigChange, BootConfigKind } from '../../../../main-services/iso/bootconfig/types.ts';

const edit = (kind: BootConfigKind, text: string, change: Partial<BootConfigChange>): string =>
  editBootConfig(kind, text, { append: [], ...change }, '/boot/x.cfg').text;

function refusal(run: () => unknown): { code: ErrorCode; message: string } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof BootbenchError) return { code: error.code, message: error.message };
    throw error;
  }
}

describe('GRUB', () => {
  it.each([
    ['a bare line', 'linux /v', 'linux /v a=1'],
    ['blanks at the end stay there', 'linux /v b  \n', 'linux /v b a=1  \n'],
    ['a comment behind the command', 'linux /v b #c\n', 'linux /v b a=1 #c\n'],
    ['a hash inside a word', 'linux /v b#c\n', 'linux /v b#c a=1\n'],
    ['one line', '{ linux /v b; initrd /i }', '{ linux /v b a=1; initrd /i }'],
    ['a continuation', 'linux /v \\\n b\n', 'linux /v \\\n b a=1\n'],
    ['a continuation with nothing behind', 'linux /v b\\\n\ninitrd /i', 'linux /v b a=1\\\n\ninitrd /i'],
    ['separator inside quotes', 'linux /v "x; --- y" --- z', 'linux /v "x; --- y" a=1 --- z'],
    ['quotes over lines', "linux /v 'x\n y' z\n", "linux /v 'x\n y' z a=1\n"],
    ['a separator first of all', 'linux /v --- z', 'linux /v a=1 --- z'],
    ['behind then', 'if true; then linux /v; fi', 'if true; then linux /v a=1; fi'],
    ['a variable as command', '${linux_cmd} /v ${args}\n', '${linux_cmd} /v ${args} a=1\n'],
    ['a command with a suffix', 'linux$sfx /v\n', 'linux$sfx /v a=1\n'],
    [
      'Xen’s module and no other',
      'multiboot2 /xen.gz\nmodule2 --nounzip /vmlinuz b\nmodule2 /i',
      'multiboot2 /xen.gz\nmodule2 --nounzip /vmlinuz b a=1\nmodule2 /i',
    ],
    ['--- of a module parts nothing', 'module2 /vmlinuz b --- c', 'module2 /vmlinuz b --- c a=1'],
    ['a comment', '# linux /v\n', '# linux /v\n'],
    ['words that only look so', 'set linux=linux\necho linux /v\nlinux\n', 'set linux=linux\necho linux /v\nlinux\n'],
    ['a string', "menuentry 'x linux /v' { true }", "menuentry 'x linux /v' { true }"],
    ['an unclosed quote', "linux /v 'b", "linux /v 'b a=1"],
    ['a lone backslash', 'linux /v b \\', 'linux /v b \\ a=1'],
  ])('%s', (_name, before, after) => {
    expect(edit('grub', before, { append: ['a=1'] })).toBe(after);
  });

  it.each([
    ['ds=nocloud;s=http://h/x/', "'ds=nocloud;s=http://h/x/'"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$x', "'$x'"],
    ['a"b\\c', "'a\"b\\c'"],
    ['#x', "'#x'"],
    ['x=*', "'x=*'"],
    ['ip=10.0.0.1::10.0.0.254:255.255.255.0:h:eth0:off', 'ip=10.0.0.1::10.0.0.254:255.255.255.0:h:eth0:off'],
  ])('writes %s as %s', (word, written) => {
    expect(edit('grub', 'linux /v', { append: [word] })).toBe(`linux /v ${written}`);
  });

  it.each([
    ['a name', ['rd.live.check'], 'linux /v b c'],
    ['a name with its value', ['c'], 'linux /v b rd.live.check'],
    ['a pattern', [/^rd\./g], 'linux /v b c'],
    ['a name that is only part of a word', ['rd.live'], 'linux /v b rd.live.check c'],
    ['never the kernel itself', ['/v'], 'linux /v b rd.live.check c'],
  ])('drops by %s', (_name, drop, after) => {
    expect(edit('grub', 'linux /v b rd.live.check c', { drop })).toBe(after);
  });

  it('drops every word that a pattern with /g fits', () => {
    expect(edit('grub', 'linux /v rd.a rd.b rd.c q', { drop: [/rd\./g] })).toBe('linux /v q');
  });

  it('drops a word behind its value, quoted or not', () => {
    expect(edit('grub', 'linux /v mediacheck=1 "checksum" q', { drop: ['mediacheck', 'checksum'] })).toBe('linux /v q');
  });

  it.each([
    ['sets what is there', 'set timeout=-1\nmenuentry x { true }', 'set timeout=4\nmenuentry x { true }'],
    ['adds what is missing', 'menuentry x { true }', 'set timeout=4\nmenuentry x { true }'],
    [
      'adds what is said under a condition only',
      'if true; then\n set timeout=9\nfi\nmenuentry x { true }',
      'set timeout=4\nif true; then\n set timeout=4\nfi\nmenuentry x { true }',
    ],
    ['leaves a file without a menu', 'linux /v', 'linux /v'],
    ['leaves timeout_style', 'set timeout_style=hidden', 'set timeout_style=hidden'],
  ])('timeout: %s', (_name, before, after) => {
    expect(edit('grub', before, { timeoutSeconds: 4 })).toBe(after);
  });

  it('quotes the default entry', () => {
    expect(edit('grub', 'set default="1"\n', { defaultEntry: 'Install it' })).toBe("set default='Install it'\n");
  });
});

describe('isolinux', () => {
  const block = (append: string): string => `LABEL a\n  KERNEL vmlinuz\n${append}`;
  it.each([
    ['upper case', block('  APPEND b\n'), block('  APPEND b a=1\n')],
    ['lower case before ---', block('  append b --- c\n'), block('  append b a=1 --- c\n')],
    ['-- of old installers', block('  append b -- c\n'), block('  append b a=1 -- c\n')],
    ['a hyphen', block('  append -\n'), block('  append a=1\n')],
    ['nothing behind it', block('  append\n'), block('  append a=1\n')],
    ['none at all', block(''), 'LABEL a\n  KERNEL vmlinuz\n  APPEND a=1\n'],
    ['none, no newline, CR LF', 'label a\r\n linux vmlinuz', 'label a\r\n linux vmlinuz\r\n append a=1'],
    ['none but one for all', 'append z --- y\nlabel a\nkernel v\n', 'append z --- y\nlabel a\nkernel v\nappend z a=1 --- y\n'],
    ['several: the last counts', block('append b\nappend c\n'), block('append b\nappend c a=1\n')],
    ['APPEND before KERNEL', 'label a\nappend b\nkernel v\n', 'label a\nappend b a=1\nkernel v\n'],
    ['the label is the kernel', 'label vmlinuz\nappend b\n', 'label vmlinuz\nappend b a=1\n'],
    [
      'help behind APPEND',
      'label a\nkernel v\nappend b\ntext help\nappend is explained\nendtext\n',
      'label a\nkernel v\nappend b a=1\ntext help\nappend is explained\nendtext\n',
    ],
    ['linux.c32', 'label a\ncom32 linux.c32\nappend v b\n', 'label a\ncom32 linux.c32\nappend v b a=1\n'],
    ['the kernel on DEFAULT', 'default vmlinuz initrd=i\n', 'default vmlinuz initrd=i a=1\n'],
    ['DEFAULT that names a label elsewhere', 'default install\n', 'default install\n'],
    ['other programs', 'label a\nkernel chain.c32\nappend hd0\n', 'label a\nkernel chain.c32\nappend hd0\n'],
    ['local boot', 'label a\nlocalboot 0\nappend x\n', 'label a\nlocalboot 0\nappend x\n'],
    ['a comment', '# append x\nlabel a\n#kernel v\n', '# append x\nlabel a\n#kernel v\n'],
  ])('%s', (_name, before, after) => {
    expect(edit('isolinux', before, { append: ['a=1'] })).toBe(after);
  });

  it.each([
    ['tenths', 'timeout 600\n', 5, 'timeout 50\n'],
    ['0 would wait for ever', 'TIMEOUT 600\n', 0, 'TIMEOUT 1\n'],
    ['missing in the main file', 'prompt 1\r\n', 2, 'timeout 20\r\nprompt 1\r\n'],
    ['missing in an included file', 'label a\nkernel v\n', 2, 'label a\nkernel v\n'],
  ])('timeout: %s', (_name, before, timeoutSeconds, after) => {
    expect(edit('isolinux', before, { timeoutSeconds })).toBe(after);
  });

  it('has no quoting: special characters stay bare', () => {
    expect(edit('isolinux', block('append b\n'), { append: ["ds=nocloud;s='$x'"] })).toBe(block("append b ds=nocloud;s='$x'\n"));
  });
});

describe('systemd-boot and ESXi', () => {
  it.each([
    ['one options line', 'systemd-boot', 'linux /v\noptions b', 'linux /v\noptions b a=1'],
    ['an empty one', 'systemd-boot', 'linux /v\noptions\n', 'linux /v\noptions a=1\n'],
    ['none', 'systemd-boot', 'title x\r\nlinux /v\r\ninitrd /i\r\n', 'title x\r\nlinux /v\r\noptions a=1\r\ninitrd /i\r\n'],
    ['a shell', 'systemd-boot', 'title x\nefi /shellx64.efi\n', 'title x\nefi /shellx64.efi\n'],
    ['a comment', 'systemd-boot', '# options b\nefi /x\n', '# options b\nefi /x\n'],
    ['kernelopt', 'esxi', 'kernelopt=b\r\nmodules=x', 'kernelopt=b a=1\r\nmodules=x'],
    ['an empty kernelopt', 'esxi', 'kernelopt=\nmodules=x', 'kernelopt=a=1\nmodules=x'],
    ['none', 'esxi', 'kernel=/b\r\n', 'kernel=/b\r\nkernelopt=a=1\r\n'],
  ] as const)('%s (%s)', (_name, kind, before, after) => {
    expect(edit(kind, before, { append: ['a=1'] })).toBe(after);
  });

  it('drops in every options line, the first word of kernelopt too', () => {
    expect(edit('systemd-boot', 'linux /v\noptions checksum b\noptions c\n', { drop: ['checksum'] })).toBe(
      'linux /v\noptions b\noptions c\n',
    );
    expect(edit('esxi', 'kernelopt=cdromBoot runweasel\n', { drop: ['cdromBoot'] })).toBe('kernelopt=runweasel\n');
  });
});

describe('what cannot be written', () => {
  const KINDS = [
    ['grub', 'linux /v ', 'BOOT_IMAGE=/v '],
    ['isolinux', 'label a\nkernel v\nappend ', 'BOOT_IMAGE=v '],
    ['isolinux', 'label a\nkernel v', 'BOOT_IMAGE=v '],
    ['isolinux', 'label a\ncom32 mboot.c32\nappend /xen.gz --- /vmlinuz', 'BOOT_IMAGE=/vmlinuz '],
    ['systemd-boot', 'linux /v\noptions ', ''],
    ['systemd-boot', 'linux /v', ''],
    ['esxi', 'kernelopt=', ''],
    ['esxi', 'kernel=/b', ''],
  ] as const;

  it.each(KINDS)('%s: 2,000 bytes pass, 2,003 do not (%j)', (kind, text, counted) => {
    const word = 'x'.repeat(2000 - counted.length);
    expect(edit(kind, text, { append: [word] })).toContain(word);
    const line = text.split('\n').length;
    expect(refusal(() => edit(kind, text, { append: [`${word}yyy`] }))).toEqual({
      code: 'E_PATCH_TOO_LONG',
      message: `/boot/x.cfg, line ${line}: the kernel’s command line would be 2003 bytes long, 3 more than the 2000 that boot loaders take.`,
    });
  });

  it('counts an INITRD line, the loader’s own quotes, and UTF-8 as bytes', () => {
    const initrd = 'label a\nkernel v\ninitrd /i\nappend b';
    const fits = 'x'.repeat(2000 - 'BOOT_IMAGE=v initrd=/i b '.length);
    expect(edit('isolinux', initrd, { append: [fits] })).toContain(fits);
    expect(refusal(() => edit('isolinux', initrd, { append: [`${fits}y`] }))?.code).toBe('E_PATCH_TOO_LONG');
    const quoted = `x ${'y'.repeat(2000 - 'BOOT_IMAGE=/v "x "'.length)}`;
    expect(edit('grub', 'linux /v', { append: [quoted] })).toContain(quoted);
    expect(refusal(() => edit('grub', 'linux /v', { append: [`${quoted}y`] }))?.code).toBe('E_PATCH_TOO_LONG');
    expect(refusal(() => edit('esxi', 'kernelopt=', { append: ['ü'.repeat(1001)] }))?.code).toBe('E_PATCH_TOO_LONG');
  });

  it.each([
    ['isolinux', 'a b'],
    ['systemd-boot', 'a\tb'],
    ['esxi', 'a b'],
    ['grub', 'a\nb'],
    ['grub', ''],
    ['isolinux', ''],
    ['grub', 'a\0b'],
  ] as const)('%s refuses the word %j', (kind, word) => {
    expect(refusal(() => edit(kind, '', { append: [word] }))?.code).toBe('E_BAD_INPUT');
  });

  it.each([-1, 1.5, NaN, 100_000])('refuses a timeout of %d seconds', (timeoutSeconds) => {
    expect(refusal(() => edit('grub', '', { timeoutSeconds }))?.code).toBe('E_BAD_INPUT');
  });

  it('refuses an isolinux label with a blank', () => {
    expect(refusal(() => edit('isolinux', '', { defaultEntry: 'a b' }))?.code).toBe('E_BAD_INPUT');
  });
});

describe('bytes', () => {
  it('of unknown encodings survive, and words go in as UTF-8', () => {
    const bytes = Buffer.from([...Buffer.from('linux /v '), 0xff, 0xa0, 0x85, 0xe9, 0x0d, 0x0a]);
    const edited = editBootConfigBytes('grub', bytes, { append: ['ü=1'] });
    expect(edited.bytes).toEqual(Buffer.from([...bytes.subarray(0, -2), ...Buffer.from(" 'ü=1'"), 0x0d, 0x0a]));
  });
});
