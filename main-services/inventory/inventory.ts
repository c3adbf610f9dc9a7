import type { JsonPatch } from '../../util/merge-patch.ts';
import type {
  Assignment,
  AssignmentInput,
  Config,
  ConfigInput,
  Discovered,
  Host,
  HostFacts,
  HostInput,
  Image,
  ImageIndex,
  ImageInput,
  Interface,
  WriteOptions,
} from '../../contract/inventory.ts';
import type { Snapshot } from '../../contract/changes.ts';

/** What an import knows of the ISO that it put into the library. */
export interface Imported {
  /** Hex. */
  readonly sha256: string;
  /** Who says that it is the right one. */
  readonly verifiedBy?: string | undefined;
  /** Found on the way; the ISO need not be searched again. */
  readonly placeholderOffsets: readonly number[];
}

/**
 * Hosts, images, configs and the rules between them, for UI, REST, CLI and import alike.
 * Getters throw E_NOT_FOUND; adders E_EXISTS; removers E_IN_USE; patches are RFC 7386 merges that never wipe what they do not name.
 * With WriteOptions a write is conditional (E_CONFLICT), or a rehearsal that stores nothing and returns what would have been stored.
 * Adding or patching a host throws E_TRIGGER where it names a trigger that cannot work.
 */
export interface Inventory {
  snapshot(): Snapshot;

  listHosts(): Host[];
  findHost(name: string): Host | undefined;
  /** E_NOT_FOUND. */
  getHost(name: string): Host;
  addHost(input: HostInput): Host;
  patchHost(name: string, patch: JsonPatch): Host;
  removeHost(name: string, options?: WriteOptions): void;
  findByMac(mac: string): { host: Host; iface: Interface } | undefined;
  /** Hosts that reserve this address. */
  findByIp(ip: string): { host: Host; iface: Interface }[];
  findByUuid(uuid: string): Host | undefined;
  /** What the machine reported. It is shown, and never keeps a machine from its boot; what its BMC reported is confirmed as well. */
  recordFacts(name: string, facts: HostFacts, by?: 'machine' | 'bmc'): void;
  /** A machine with a MAC of the host reported something that contradicts what is confirmed. */
  recordOtherReport(name: string, mac: string, facts: HostFacts): void;
  /** A person says that the machine is the host: what it reported last is confirmed. */
  confirmIdentity(name: string): Host;
  /** Drops the contradicting report; where there is none, all that the machine reported and what was confirmed of it. */
  forgetReport(name: string): Host;

  /** `notes`: what was cleared or changed in addition to the request. */
  assign(host: string, input: AssignmentInput): { host: Host; notes: string[] };
  unassign(host: string): Host;
  /** Marks the assignment done (evidence complete), or armed again. */
  setAssignmentState(host: string, state: Assignment['state'], evidence: number[]): Host;

  /** Sorted by MAC; newer than the snapshot, which has what is written. */
  listDiscovered(): Discovered[];
  /** Notes what an unknown machine reports. In memory, and at most a quarter of a second later in the database. */
  discover(seen: { mac: string; facts?: HostFacts; vendorClass?: string; address?: string }): { isNew: boolean };
  adopt(mac: string, name: string): Host;
  /** Writes what was noted and is not written yet. */
  storeDiscovered(): void;

  listImages(): Image[];
  getImage(name: string): Image;
  /** Opens and indexes the ISO first: E_IMAGE_INVALID, E_IMAGE_GONE, E_SOURCE_URL, E_UPSTREAM. `imported`: its file is the library's own. */
  addImage(input: ImageInput, imported?: Imported, options?: WriteOptions): Promise<Image>;
  patchImage(name: string, patch: JsonPatch, options?: WriteOptions): Promise<Image>;
  /** Puts in what a later look at the same ISO found. E_IMAGE_CHANGED when it is another ISO. */
  refreshImage(name: string, index: ImageIndex): void;
  removeImage(name: string, options?: WriteOptions): void;

  listConfigs(): Config[];
  getConfig(name: string): Config;
  addConfig(input: ConfigInput, options?: WriteOptions): Config;
  patchConfig(name: string, patch: JsonPatch, options?: WriteOptions): Config;
  removeConfig(name: string, options?: WriteOptions): void;
}
