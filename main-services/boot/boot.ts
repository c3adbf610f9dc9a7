import type { Explanation } from '../../contract/appliance.ts';
import type { BootbenchError } from '../../contract/errors.ts';
import type { AssignmentInput, BootMethod, Host, Interface } from '../../contract/inventory.ts';
import type { FinalArguments, PatchReceipt, ReceiptFile } from '../../contract/views.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';

/** What a DHCP client said that matters for booting. Built by dhcp/ from the packet. */
export interface BootClient {
  /** Lower-case, with colons. */
  readonly mac: string;
  /** First value of option 93; undefined when the client did not send it. */
  readonly arch?: number;
  /** RFC 4122 text of option 97, undefined when absent or all zero. */
  readonly uuid?: string;
  /** Option 60. */
  readonly vendorClass?: string;
  /** User class iPXE (raw or RFC 3004 form) or option 175 present. */
  readonly ipxe: boolean;
}

/** What a client boots. `reasons` give the chain, most specific first: "per-interface override > global override > table". */
export type BootDecision =
  | { kind: 'file'; file: string; reasons: string[] } // a catalogue name, to be fetched from Bootbench by TFTP
  | { kind: 'url'; url: string; httpClient: boolean; reasons: string[] } // an http URL; httpClient: echo option 60 = HTTPClient
  | { kind: 'address-only'; reasons: string[] } // full mode: an address, no boot file. proxy: silence
  | { kind: 'ignore'; reasons: string[] };

/** A host with the interface in question. */
export type HostInterface = { readonly host: Host; readonly iface: Interface };

/** Which host a MAC or address is. */
export type Identity =
  | { kind: 'host'; host: Host; iface: Interface }
  | { kind: 'unknown' }
  /** The MAC is a host's, but the machine reports another UUID or serial. */
  | { kind: 'mismatch'; host: Host; iface: Interface; message: string }
  | { kind: 'ambiguous'; hosts: string[] };

export interface ScriptRequest {
  readonly mac: string;
  readonly uuid?: string;
  readonly serial?: string;
  readonly product?: string;
  readonly manufacturer?: string;
  readonly secureBoot?: string;
  /** iPXE's `${buildarch}`: i386, x86_64, arm64 … */
  readonly buildArch?: string;
  /** Source address: with the neighbour table it identifies the client. */
  readonly ip: string;
  /** How many requests this machine has sent while waiting. */
  readonly wait?: number;
}

/** A file to serve over TFTP or HTTP: catalogue files, generated texts. `close` the source after use. */
export type FileAnswer =
  | { kind: 'file'; name: string; source: ByteSource; contentType: string }
  /** A sentence a person can read on a boot screen. E_BOOT_FILE_MISSING: a file of the catalogue that is missing. */
  | { kind: 'missing'; code: 'E_NOT_FOUND' | 'E_BOOT_FILE_MISSING'; message: string }
  | { kind: 'refused'; message: string };

export interface ServedText {
  readonly text: string;
  readonly contentType: string;
  readonly file: string;
  readonly host: string;
  readonly config: string;
}

/** One frozen view of an ISO for one host: docs/adr/0004-views-and-tokens.md. */
export interface View {
  readonly token: string;
  readonly host: string;
  readonly mac: string;
  readonly image: string;
  /** The overlay; its `etag` is the view's. */
  readonly source: ByteSource;
  /** The unmodified image, shared by all its views. */
  readonly base: ByteSource;
  /** Absolute byte extents that differ from the image, for "the machine read the patched sectors". */
  readonly patched: readonly { offset: number; length: number }[];
  /** The files that differ, and what to know about them. */
  readonly receipt: readonly ReceiptFile[];
  readonly notes: readonly string[];
  readonly method: BootMethod;
  /** Why that method, where a machine netboots. */
  readonly methodReason?: string;
  /** Why the client was not identified as the host: it reads the ISO unmodified, and what it reads is not evidence about the host. */
  readonly unidentified?: BootbenchError;
  /** What a script loads of the view by itself, for the method kernel: paths in it, and the complete command line. */
  readonly kernel?: { readonly path: string; readonly initrds: readonly string[]; readonly words: readonly string[] };
}

/**
 * Which machine a client is, what it boots, and why: every service that serves a machine uses this.
 * Methods throw BootbenchError and never return another host's bytes.
 */
export interface BootService {
  identifyMac(mac: string, facts?: { uuid?: string; serial?: string }): Identity;
  /** Which host has this source address, by lease or reservation; ambiguous when two could. For the names in events: it is no proof. */
  identifyAddress(ip: string): Identity;

  /** What this DHCP client boots. Reads the inventory and writes nothing. */
  decide(client: BootClient): BootDecision;
  /** Records what a client that netboots reports: a host's facts, or a discovered machine. For packets that were judged usable. */
  notice(client: BootClient): void;

  /** The iPXE script of the client. Always a script: refusals are scripts that show why and exit. Records evidence. */
  script(request: ScriptRequest): Promise<{ text: string; host?: string; reasons: string[] }>;

  /**
   * A boot file by request path as written by the client (TFTP name or URL path below /boot or /<mac>): normalised here,
   * traversal refused. Handles `<mac>/<file>`, `autoexec.ipxe`, aliases.
   */
  file(path: string, client: { ip: string }): Promise<FileAnswer>;

  /** View by token. E_VIEW_GONE, E_VIEW_CHANGED, E_IMAGE_GONE … */
  view(mac: string, token: string): Promise<View>;
  /** The same view where it is open; undefined where `view` has to open it. */
  openView(mac: string, token: string): View | undefined;
  /**
   * `/iso/<MAC>/<name>.iso`, without a token: the host's newest view, pinned until 15 minutes idle. Only the machine itself gets the patched
   * bytes: never a client on another port than the boot port (`otherPort`), where a BMC has the URL with the token. `sourceISO` is the query
   * parameter.
   */
  viewByMac(mac: string, client: { ip: string; otherPort?: boolean | undefined }, sourceISO?: string): Promise<View>;

  /** The machine at an address of the boot port; `mac`: the one that the request names. E_IDENTITY_UNKNOWN, E_IDENTITY_AMBIGUOUS. */
  machineAt(ip: string, mac?: string): Promise<HostInterface>;
  /**
   * The view that a machine has as its network disk: the one that its boot script named, also after its assignment is done, because the
   * running system still reads it. For the machine itself only. E_NO_SOURCE, E_VIEW_CHANGED, E_IMAGE_GONE …
   */
  networkDisk(machine: HostInterface): Promise<View>;
  /** The image of this name, compared without case, as the library spells it. */
  imageNamed(name: string): string | undefined;
  /** The unmodified ISO of an image; not to be closed. E_NOT_FOUND, E_IMAGE_GONE … */
  imageSource(image: string): Promise<ByteSource>;

  /** One file of a view by its ISO path (Rock Ridge, Joliet or plain name), with the view. Close the source after use. E_NOT_FOUND. */
  isoFile(mac: string, token: string, path: string): Promise<{ view: View; source: ByteSource }>;

  /** The host's rendered config file, by source address. E_IDENTITY_*, E_NO_CONFIG, E_CONFIG_AMBIGUOUS, E_TEMPLATE_FIELD. */
  configByAddress(ip: string, file?: string): Promise<ServedText>;
  configByToken(token: string, file?: string): ServedText;

  /** A config's file as a host would get it, assigned or not. E_NOT_FOUND, E_CONFIG_AMBIGUOUS, E_TEMPLATE_FIELD. */
  previewConfig(config: string, host: string, file?: string): Omit<ServedText, 'host' | 'config'>;

  /** POST /api/v1/boot-complete: records evidence. Token wins over the address. */
  bootComplete(client: { ip: string; token?: string }): Promise<{ host: string }>;

  explain(hostOrMac: string, arch?: number): Promise<Explanation>;

  /** What a host adds to the kernel's command line, as assigned or as it would be with that assignment. Adds no event. */
  arguments(host: string, assignment?: AssignmentInput): Promise<FinalArguments>;
  /** What the host's newest view differs in, or the view of a token. E_VIEW_GONE. */
  receipt(host: string, token?: string): Promise<PatchReceipt>;
  /** Reads every byte of a view. E_VIEW_GONE, E_IMAGE_GONE … */
  viewSha256(host: string, token: string): Promise<string>;
  /** The view that the host's script would boot now. Adds no event. E_BOOT_METHOD, E_IMAGE_GONE … */
  netboot(host: string): Promise<View>;
  /** The URL that a BMC, or a person at one, mounts as the host's medium; its view is made when there is none. */
  mediaUrl(host: string): Promise<{ url: string; token: string }>;
}
