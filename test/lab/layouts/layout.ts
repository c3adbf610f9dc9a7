export type LayoutFirmware = 'bios' | 'uefi';

/** An ISO in the manner of a vendor: his folders, boot loaders and boot configurations, with Debian's kernel and the lab guest inside. */
export interface Layout {
  readonly name: string;
  /** How it boots, in a few words. */
  readonly what: string;
  readonly firmware: readonly LayoutFirmware[];
  /** Words of the vendor's own that the kernel must be given still, in this order. */
  readonly vendorWords: readonly string[];
  /** Words of the vendor's own that a patched view must not hold. */
  readonly dropped: readonly string[];
  /** The kernel and its initrd in the ISO's tree, where that is where they are loaded from. */
  readonly kernel?: readonly string[];
  /** The ISO, built once per content. */
  build(): Promise<string>;
}
