import type { RedfishClient } from './http/client.ts';
import type { Resource } from './http/collection.ts';
import type { Doc } from './http/json.ts';
import type { RedfishResponse } from './http/response.ts';

/** The machine behind a BMC that is worked with: one System of the service, and what belongs to it alone. */
export interface Machine {
  readonly root: Doc;
  readonly system: Resource;
  /** Other machines of the service: nothing of theirs is touched. */
  readonly others: readonly Resource[];
  /** Its own managers, the one that owns it first. */
  readonly managers: readonly Resource[];
  /** How sure it is that the System is the wanted one: how many other machines there are, or may be, and whether the address names it. */
  readonly choice: { readonly others: number; readonly isNamed: boolean };
  readonly quirks: Quirks;
  readonly vendor: string;
  readonly firmware: string | undefined;
}

/** One virtual media slot as it was just read. */
export interface Slot extends Resource {
  readonly id: string;
  /** Whether it is below the System or below a Manager. */
  readonly below: 'system' | 'manager';
}

/** What one call to the BMC works with. */
export interface RedfishContext {
  readonly client: RedfishClient;
  readonly machine: Machine;
  readonly signal: AbortSignal | undefined;
  /** Paths (`sameAs`) of the slots that this program filled since it started. */
  readonly inserted: Set<string>;
}

/** A vendor's own virtual CD, for BMCs without the standard's. What is in it is a slot like any other. */
export interface OwnMedia {
  /** Shown while nothing is in it. */
  readonly empty: Slot;
  insert(url: string): Promise<RedfishResponse>;
  eject(): Promise<RedfishResponse>;
}

/** How a vendor's BMCs differ from the standard and from each other. What is absent is as the standard has it. */
export interface Quirks {
  readonly vendor: string;
  /** Serial numbers of the machine that stand elsewhere than in SerialNumber. */
  readonly otherSerials?: (system: Doc) => readonly string[];
  /** What must be bought for virtual media. */
  readonly licence?: string;
  /** false: the slot can never hold an image that is behind a URL. */
  readonly usable?: (slot: Slot) => boolean;
  /** Smaller is tried earlier. */
  readonly rank?: (slot: Slot) => number;
  /** false: the slot holds nothing, although it shows Inserted or an image. */
  readonly holds?: (slot: Doc) => boolean;
  /** Makes slots appear or ready, before they are looked for. */
  readonly prepareMedia?: (context: RedfishContext) => Promise<void>;
  /** undefined: this BMC has slots to insert into. */
  readonly ownMedia?: (context: RedfishContext) => Promise<OwnMedia | undefined>;
  /** Names of the virtual CD as a boot target, best first. */
  readonly cdTargets?: (machine: Machine) => readonly string[];
  /** Enabled, Target and Mode together in every PATCH, clearing too. */
  readonly wholeBoot?: boolean;
  /** Boots the virtual CD once where the standard way boots something else. undefined: use the standard way. */
  readonly bootCdOnce?: (context: RedfishContext) => Promise<string | undefined>;
  /** The vendor's own way to boot once what is inserted, for when the boot override fails; what to say of it. undefined: not this BMC. */
  readonly bootMedium?: (context: RedfishContext) => Promise<string | undefined>;
  /** What to check on the BMC when it will not insert. */
  readonly mediaHint?: (machine: Machine, url: string) => string | undefined;
}
