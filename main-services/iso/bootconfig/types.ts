import type { KernelKind } from './kernel-image.ts';

/**
 * What reads the file: GRUB 2, isolinux and its kin (syslinux, extlinux), systemd-boot's entries and loader.conf, ESXi's mboot, rEFInd
 * (refind.conf, refind_linux.conf), or xen.efi.
 */
export type BootConfigKind = 'grub' | 'isolinux' | 'systemd-boot' | 'esxi' | 'refind' | 'xen';

/** A kernel argument to take away: a name (`rd.live.check`, also with any `=value`), a whole word (`mediacheck=1`), or a pattern. */
export type DroppedArgument = string | RegExp;

export interface BootConfigChange {
  /** One entry for each argument word, as the kernel shall see it: unquoted. */
  append: readonly string[];
  drop?: readonly DroppedArgument[];
  /** `false` takes away quiet, rhgb and splash, so that a console shows the kernel's own lines. */
  quiet?: boolean;
  /** Seconds until the default entry starts by itself; 0 is at once. Absent: the vendor's timeout stays. */
  timeoutSeconds?: number;
  /** What the file is that the configuration names as a kernel, by its bytes. Absent, or where it says `unknown`: its name decides. */
  kernelKind?: (name: string) => KernelKind;
  /** GRUB's index, id or title, or isolinux's label of the entry to start. Absent: the vendor's default stays. */
  defaultEntry?: string;
  /** Shows the menu there too, where the configuration names no serial port itself. */
  serial?: MenuSerial | undefined;
}

/** A PC's serial port, for a boot menu. */
export interface MenuSerial {
  /** 0 is COM1. */
  readonly unit: number;
  /** Bits per second. */
  readonly speed: number;
}

/** One changed place for the receipt: the first line's number from 1; an added line is shown with the line it was added to. */
export interface LineChange {
  line: number;
  before: string;
  after: string;
}

export interface EditedBootConfig {
  text: string;
  changes: LineChange[];
}

/** A word of a configuration file: where its raw form stands, and what it means once quotes are gone. */
export interface Word {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}
