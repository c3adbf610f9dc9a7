import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editBootConfig } from '../../../../../main-services/iso/bootconfig/edit.ts';
import { recogniseBootConfig } from '../../../../../main-services/iso/bootconfig/recognise.ts';
import type { BootConfigChange } from '../../../../../main-services/iso/bootconfig/types.ts';

const edit = (text: string, change: Partial<BootConfigChange> = {}): string =>
  editBootConfig('refind', text, { append: ['lab.host=alpha', 'x=a;b'], ...change }, 'EFI/boot/refind.conf').text;

/** What rEFInd hands the kernel: its own reading of one token, written without the product's code. */
function optionsOf(text: string): string[] {
  return [...text.matchAll(/^\s*(?:add_)?options\s+"((?:[^"]|"")*)"/gm)].map(([, value = '']) => value.replaceAll('""', '"'));
}

const LAB = `timeout 5
menuentry "Lab" {
    loader /arch/boot/x86_64/vmlinuz-linux
    initrd /arch/boot/x86_64/initramfs-linux.img
    options "archisobasedir=arch archisolabel=LAB quiet"
}
`;

describe('refind.conf', () => {
  it('i4: is rEFInd’s and not GRUB’s, and its options get ours (archuseriso#26)', () => {
    expect(recogniseBootConfig('/EFI/BOOT/refind.conf', LAB)).toBe('refind');
    const edited = edit(LAB, { timeoutSeconds: 5 });
    expect(optionsOf(edited)).toEqual(['archisobasedir=arch archisolabel=LAB quiet lab.host=alpha x=a;b']);
    expect(edited).not.toMatch(/set (?:default|timeout)=/);
    expect(edited.replace(' lab.host=alpha x=a;b', '')).toBe(LAB);
  });

  it('i4: a stanza in a file of any name is rEFInd’s', () => {
    expect(recogniseBootConfig('/EFI/BOOT/manual.conf', LAB.replace('timeout 5\n', ''))).toBe('refind');
    expect(recogniseBootConfig('/EFI/BOOT/refind.conf', '# nothing\n')).toBeUndefined();
    expect(recogniseBootConfig('/EFI/BOOT/refind.conf', 'scanfor manual\ninclude manual.conf\n')).toBe('refind');
  });

  // Venom1991/refind-btrfs#17: submenus that keep, replace and add.
  it('i4: submenus get them once, by their own options or by those of their stanza', () => {
    const text = `menuentry "Arch" {
  loader /boot/vmlinuz-linux
  initrd /boot/initramfs-linux.img
  options "rw quiet"
  submenuentry "fallback" {
    initrd /boot/fallback.img
  }
  submenuentry "terminal" {
    add_options "systemd.unit=multi-user.target"
  }
  submenuentry "old" {
    loader /old/vmlinuz
    options "rw old"
  }
  submenuentry "bare" {
    options
  }
}
`;
    expect(optionsOf(edit(text))).toEqual([
      'rw quiet lab.host=alpha x=a;b',
      'systemd.unit=multi-user.target',
      'rw old lab.host=alpha x=a;b',
      'lab.host=alpha x=a;b',
    ]);
  });

  it('i4: a stanza without options gets a line, before its submenus or, behind them, in each', () => {
    const plain = 'menuentry a {\n\tloader /vmlinuz\n\tsubmenuentry b {\n\t\tadd_options "single"\n\t}\n}\n';
    expect(edit(plain)).toBe(plain.replace('/vmlinuz\n', '/vmlinuz\n\toptions "lab.host=alpha x=a;b"\n'));
    const late = 'menuentry a {\n  submenuentry b {\n    add_options "single"\n  }\n  loader /vmlinuz\n  options "quiet"\n}\n';
    expect(optionsOf(edit(late))).toEqual(['lab.host=alpha x=a;b', 'single', 'quiet lab.host=alpha x=a;b']);
  });

  it('i4: a bare word gets quotes, because rEFInd reads one token', () => {
    expect(edit('menuentry a {\r\n  loader vmlinuz\r\n  options quiet # comment\r\n}\r\n')).toBe(
      'menuentry a {\r\n  loader vmlinuz\r\n  options "quiet lab.host=alpha x=a;b" # comment\r\n}\r\n',
    );
  });

  // ReadLine and KeepReading in refind/config.c; found by npm run fuzz.
  it('a carriage return alone ends a line, and a comment may begin right behind a word', () => {
    const stanza = (options: string): string => `menuentry a {\n  loader vmlinuz\n  options ${options}\n}\n`;
    expect(edit(stanza('quiet# comment'))).toBe(stanza('"quiet lab.host=alpha x=a;b"# comment'));
    expect(edit(stanza('\rquiet'))).toBe(stanza('"lab.host=alpha x=a;b" \rquiet'));
    expect(edit(stanza('quiet\rtimeout 9'))).toBe(stanza('"quiet lab.host=alpha x=a;b"\rtimeout 9'));
    expect(edit(stanza('a""b'))).toBe(stanza('"a""b lab.host=alpha x=a;b"'));
  });

  it('i4: programs that are no Linux are left alone', () => {
    const text =
      'menuentry memtest {\n  loader /EFI/tools/memtest86.efi\n}\nmenuentry win {\n  loader \\EFI\\Microsoft\\Boot\\bootmgfw.efi\n}\nmenuentry k {\n  loader /k\n  initrd /i\n}\n';
    expect(optionsOf(edit(text))).toEqual(['lab.host=alpha x=a;b']);
    expect(edit(text, { kernelKind: () => 'other' })).toBe(text);
    expect(optionsOf(edit(text, { kernelKind: () => 'linux' }))).toHaveLength(3);
  });

  // zbm-dev/zfsbootmenu#650.
  it('i4: refind_linux.conf: each line’s options get ours', () => {
    const text =
      '# made by refind-install\n"Boot default"  "zbm.prefer=r ro quiet loglevel=0 zbm.skip"\n"Boot to menu"  "ro zbm.show"\n"Bare"\n';
    expect(recogniseBootConfig('/boot/refind_linux.conf', text)).toBe('refind');
    expect(edit(text, { drop: ['quiet'] })).toBe(
      '# made by refind-install\n"Boot default"  "zbm.prefer=r ro loglevel=0 zbm.skip lab.host=alpha x=a;b"\n"Boot to menu"  "ro zbm.show lab.host=alpha x=a;b"\n"Bare" "lab.host=alpha x=a;b"\n',
    );
  });

  it('starts by itself: rEFInd waits for ever at 0', () => {
    expect(edit('timeout 20\n', { timeoutSeconds: 5 })).toBe('timeout 5\n');
    expect(edit('timeout 20\n', { timeoutSeconds: 0 })).toBe('timeout -1\n');
  });

  it('quotes are doubled', () => {
    expect(edit('menuentry a {\n loader vmlinuz\n options "a=""b"""\n}\n', { append: ['q="r"'] })).toContain('options "a=""b"" q=""r"""');
  });

  it('i4: whatever stands in a stanza, each kernel gets the vendor’s words and ours, once', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}(?:=[a-z0-9/:]{0,8})?$/);
    const stanza = fc.record({
      before: fc.boolean(),
      words: fc.array(word, { minLength: 1, maxLength: 5 }),
      eol: fc.constantFrom('\n', '\r\n'),
    });
    fc.assert(
      fc.property(fc.array(stanza, { minLength: 1, maxLength: 4 }), (stanzas) => {
        const text = stanzas
          .map(({ before, words, eol }) => {
            const options = `  options "${words.join(' ')}"`;
            const lines = before ? [options, '  loader vmlinuz'] : ['  loader vmlinuz', options];
            return ['menuentry "a b" {', ...lines, '}', ''].join(eol);
          })
          .join('');
        expect(optionsOf(edit(text))).toEqual(stanzas.map(({ words }) => [...words, 'lab.host=alpha', 'x=a;b'].join(' ')));
      }),
    );
  });
});
