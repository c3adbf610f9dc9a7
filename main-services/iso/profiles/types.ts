import type { Arch, ConfigFormat, Image } from '../../../contract/inventory.ts';
import type { DroppedArgument } from '../bootconfig/types.ts';

/** What a look at an ISO's marker files found; all that recognising it needs. */
export interface IsoFacts {
  readonly volumeId: string;
  /** Those of the looked-for paths that exist, in lower case, without a leading slash. */
  readonly paths: ReadonlySet<string>;
  /** The text of small marker files by the same paths, cut to their first kilobytes. */
  readonly texts: ReadonlyMap<string, string>;
  readonly udf: boolean;
  /** Tinkerbell's placeholder stands in it. */
  readonly placeholder: boolean;
  /** Bytes of unified kernel images were found. */
  readonly ukis: boolean;
}

/** What a profile reads off the facts; the title's words come from it. */
export interface Recognised {
  /** "Fedora Server 43". */
  readonly title: string;
  readonly version?: string;
  /** In lower case: `server`, `netinst`. */
  readonly variant?: string;
  readonly arch?: readonly Arch[];
}

/**
 * Kernel arguments with places to fill: `{config}` the config's URL, `{base}` its folder's URL with a slash, `{file}` its default
 * file's name on the medium, `{iso}` the view's URL, `{files}` the URL of the view's files with a slash, `{volume}` the volume id.
 */
export interface Words {
  readonly words: readonly string[];
  /** One sentence for people. */
  readonly reason: string;
}

/** How one installer takes one format of config. */
export interface ConfigWay {
  /** One sentence for the image's page. */
  readonly how: string;
  /** Told a URL of ours. */
  readonly url?: Words;
  /** Told its place on the medium. */
  readonly media?: Words;
  /** Other words where a later part gives an argument of this name, as a device to install to. */
  readonly whenGiven?: Words & { readonly argument: string };
  /** Which of the two is used when nobody chooses. Default: url where there is one. */
  readonly prefers?: 'media';
  /** The names under which the default file lies in the root of the medium, besides its own. */
  readonly names?: readonly string[];
  /** Files that the installer asks for and the config may lack. */
  readonly made?: readonly { readonly name: string; readonly text: string; readonly deliver?: 'url' | 'media' }[];
  /** All files go into one archive besides. */
  readonly packs?: { readonly name: string; readonly as: 'apkovl' };
  /** The default file goes into the place that the ISO keeps for it (CoreOS). */
  readonly embeds?: boolean;
  /** What to put into the config so that the machine says when it is done. */
  readonly phoneHome?: string;
}

/** A menu entry to start unattended. */
export interface EntryRule {
  /** Titles and isolinux labels; the first that matches an entry counts. */
  readonly prefer: readonly RegExp[];
  /** What isolinux calls it on every medium of this system. */
  readonly label?: string;
}

/** Loading the ISO's kernel without a boot loader of the ISO. */
export interface KernelWay extends Words {
  /** Other words for these variants. */
  readonly variants?: readonly { readonly variant: RegExp; readonly words: readonly string[] }[];
  /** In order; the first that the ISO has. `initrds` all of them. */
  readonly candidates: readonly { readonly kernel: string; readonly initrds: readonly string[] }[];
}

/** What is known of one system or family. Data; it can be wrong, and nothing breaks when it is. */
export interface OsProfile {
  readonly id: string;
  /** "Fedora and Red Hat family". */
  readonly name: string;
  readonly kind: Image['kind'];
  /** Paths that are looked for, and small files that are read. */
  readonly markers: readonly string[];
  readonly texts?: readonly string[];
  readonly recognise: (facts: IsoFacts) => Recognised | undefined;
  /** Boot configurations that its ISOs have, one of each list; a last slash means anything in that folder. */
  readonly bootConfigs: { readonly bios?: readonly string[]; readonly uefi?: readonly string[] };
  /** Kernel arguments that ask for a check of the medium, which a changed medium fails. */
  readonly mediaCheck?: readonly DroppedArgument[];
  /** Taken away when it starts unattended. */
  readonly unattendedDrop?: readonly DroppedArgument[];
  readonly entry?: EntryRule;
  readonly configs: Partial<Record<ConfigFormat, ConfigWay>>;
  /** Why its kernel takes no `console=` of ours. */
  readonly noConsole?: string;
  /** Everything is in memory once kernel and initrd are loaded; the medium is not looked for. */
  readonly inMemory?: boolean;
  /** The kernel method and HTTP SAN: where the system finds its files without a medium; or why it cannot. */
  readonly kernel: KernelWay | { readonly reason: string };
  /**
   * iSCSI: with which arguments the system logs in to its medium again, by the iBFT (the ACPI table in which iPXE describes it); or why it
   * does not. Only systems that are all in memory have none.
   */
  readonly ibft?: Words | { readonly reason: string };
  /** Why it needs the internet; of these variants only, where named. */
  readonly internet?: { readonly variant?: RegExp; readonly reason: string };
  /** It says nothing over the network, so having been opened is all that can be seen. */
  readonly silent?: boolean;
  readonly warnings?: readonly string[];
  /** What to do where the command line is inside a unified kernel image. */
  readonly uki?: string;
}
