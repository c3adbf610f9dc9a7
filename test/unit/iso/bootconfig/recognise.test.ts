import { describe, expect, it } from 'vitest';
import { includesOf } from '../../../../main-services/iso/bootconfig/edit.ts';
import { recogniseBootConfig } from '../../../../main-services/iso/bootconfig/recognise.ts';

const MENU = 'menuentry "a" {\n linux /vmlinuz\n}\n';

describe('recognising a boot configuration', () => {
  it.each([
    ['/EFI/BOOT/GRUB.CFG;1', MENU, 'grub'],
    ['/boot/grub/loopback.cfg', MENU, 'grub'],
    ['/EFI/BOOT/grub.cfg', 'search --file --set=root /.disk/id/x\nset prefix=($root)/boot/grub\n', 'grub'],
    ['/boot/grub/kernels.cfg', 'if true; then $linux /vmlinuz quiet; fi', 'grub'],
    ['/boot/x/menu.cfg', MENU, 'grub'],
    ['/isolinux/stdmenu.cfg', 'menu background splash.png\r\n', 'isolinux'],
    ['/custom/boot.cfg', 'LABEL a\n KERNEL vmlinuz\n', 'isolinux'],
    ['/loader/loader.conf', 'timeout 3\n', 'systemd-boot'],
    ['/loader/entries/a.conf', 'title a\nlinux /vmlinuz\n', 'systemd-boot'],
    ['/BOOT.CFG', 'kernel=/b.b00\nmodules=/a --- /b\n', 'esxi'],
    ['/EFI/BOOT/BOOT.CFG', 'kernelopt=runweasel\n', 'esxi'],
    ['/preseed/preseed.cfg', 'd-i debian-installer/locale string en_US\n# linux /x\n', undefined],
    ['/ks.cfg', 'url --url=http://x\nbootloader --append=quiet\ntimezone UTC\n', undefined],
    ['/isolinux/other.cfg', 'nothing of the kind\n', undefined],
    ['/boot/grub/grub.cfg', '# only a comment\n', undefined],
    ['/grub.txt', MENU, undefined],
    ['/loader/entries/a.conf', 'hello\n', undefined],
  ])('%s', (path, text, kind) => {
    expect(recogniseBootConfig(path, text)).toBe(kind);
  });
});

describe('the files that a configuration names', () => {
  it('in isolinux: include, config, menu include and the menus of programs', () => {
    const text =
      'INCLUDE a.cfg\n# include no.cfg\ninclude loops.cfg\nMENU INCLUDE b.cfg Title\nlabel x\n config /c/c.cfg\nlabel y\n kernel menu.c32\n append d.cfg ~\n' +
      'label z\n kernel vmlinuz\n append url=http://h/no.cfg\nUI vesamenu.c32 e.conf\nTEXT HELP\nnot here\nENDTEXT\ninclude a.cfg\n';
    expect(includesOf('isolinux', text)).toEqual(['a.cfg', 'loops.cfg', 'b.cfg', '/c/c.cfg', 'd.cfg', 'e.conf']);
  });

  it('in GRUB: source, configfile and their kin, wherever they stand, with their variables', () => {
    const text =
      'source $prefix/a.cfg\n# source no.cfg\nif [ -e x ]; then configfile "${cmdpath}/b c.cfg"; fi\nmenuentry x { configfile /d.cfg }\n. (cd0)/e.cfg\necho source no.cfg\nsource $prefix/a.cfg\n';
    expect(includesOf('grub', text)).toEqual(['$prefix/a.cfg', '${cmdpath}/b c.cfg', '/d.cfg', '(cd0)/e.cfg']);
  });

  it('nowhere else', () => {
    expect(includesOf('esxi', 'kernelopt=a\n')).toEqual([]);
    expect(includesOf('systemd-boot', 'linux /a\n')).toEqual([]);
  });
});
