import { describe, expect, it } from 'vitest';
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
