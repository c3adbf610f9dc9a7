import { describe, expect, it } from 'vitest';
import { editBootConfig } from '../../../../main-services/iso/bootconfig/edit.ts';
import { recogniseBootConfig } from '../../../../main-services/iso/bootconfig/recognise.ts';
import type { BootConfigChange } from '../../../../main-services/iso/bootconfig/types.ts';

const edit = (text: string, change: Partial<BootConfigChange> = {}): string =>
  editBootConfig('xen', text, { append: ['lab.host=alpha'], ...change }, 'EFI/BOOT/BOOTX64.cfg').text;

/** QubesOS/qubes-doc#512: the installer's BOOTX64.cfg. */
const QUBES = `[global]
default=install

[install]
options=console=none
kernel=vmlinuz inst.stage2=hd:LABEL=Qubes-R4.0-x86_64 i915.alpha_support=1 quiet rhgb
ramdisk=initrd.img

[verify]
options=console=none
kernel=vmlinuz inst.stage2=hd:LABEL=Qubes-R4.0-x86_64 rd.live.check quiet
ramdisk=initrd.img
`;

describe('xen.efi’s configuration', () => {
  it('i3: BOOTX64.cfg: the arguments stand on each kernel= line, and Xen’s own options stay', () => {
    expect(recogniseBootConfig('/EFI/BOOT/BOOTX64.cfg', QUBES)).toBe('xen');
    expect(edit(QUBES, { drop: ['rd.live.check'] })).toBe(
      QUBES.replace('quiet rhgb', 'quiet rhgb lab.host=alpha').replace('rd.live.check quiet', 'quiet lab.host=alpha'),
    );
  });

  // QubesOS/qubes-issues#3624: xen.cfg with two sections, and CRLF as an editor on Windows leaves it.
  it('i3: xen.cfg beside xen.efi, with CRLF and without arguments', () => {
    const text =
      '[global]\r\ndefault=4.14.13-2\r\n\r\n[4.14.13-2]\r\nkernel=vmlinuz-4.14.13-2.pvops.qubes.x86_64\r\nramdisk=initramfs.img\r\n';
    expect(recogniseBootConfig('/EFI/qubes/xen.cfg', text)).toBe('xen');
    expect(edit(text)).toBe(text.replace('x86_64\r\n', 'x86_64 lab.host=alpha\r\n'));
  });

  // intel/XenGT-Preview-kernel#11 and Xen's docs/misc/efi.pandoc: no default, comments behind a value.
  it('i3: what stands behind # is a comment', () => {
    const text = '[xen]\nkernel=vmlinuz-vgt quiet # dom0\noptions=loglvl=all\n';
    expect(edit(text)).toBe('[xen]\nkernel=vmlinuz-vgt quiet lab.host=alpha # dom0\noptions=loglvl=all\n');
    expect(() => edit(text, { append: ['ks=http://h/#1'] })).toThrow(/xen\.efi would cut the kernel argument "ks=http:\/\/h\/#1" off/);
  });

  it('leaves ESXi’s boot.cfg, [global] and an ini file without a kernel to others', () => {
    expect(recogniseBootConfig('/boot.cfg', 'bootstate=0\nkernel=/b.b00\nkernelopt=runweasel\nmodules=/a.b00\n')).toBe('esxi');
    expect(recogniseBootConfig('/etc/x.conf', '[main]\nplugins=1\n')).toBeUndefined();
    expect(recogniseBootConfig('/x.cfg', '[global]\nkernel=a\n')).toBeUndefined();
  });

  it('a kernel that is none is left alone', () => {
    expect(edit(QUBES, { kernelKind: () => 'other' })).toBe(QUBES);
  });
});
