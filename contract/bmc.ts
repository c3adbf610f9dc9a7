import * as z from 'zod';
import { MachineComparison } from './machine-identity.ts';
import { IPv4, Mac, Timestamp } from './primitives.ts';

export const PowerState = z.enum(['on', 'off', 'turning-on', 'turning-off', 'unknown']);
export type PowerState = z.infer<typeof PowerState>;

export const PowerAction = z.enum(['on', 'off', 'graceful-off', 'cycle', 'reset']);
export type PowerAction = z.infer<typeof PowerAction>;

/** What a machine boots next, once. */
export const BootDevice = z.enum(['cdrom', 'pxe', 'disk', 'uefi-http']);
export type BootDevice = z.infer<typeof BootDevice>;

export const BmcProtocol = z.enum(['redfish', 'ipmi']);
export type BmcProtocol = z.infer<typeof BmcProtocol>;

/** One virtual media slot, as the BMC reports it. */
export const MediaSlot = z.object({
  /** Path or name that is unique on this BMC. */
  id: z.string(),
  name: z.string(),
  /** CD, DVD, USBStick, Floppy; empty where the BMC does not say. */
  mediaTypes: z.array(z.string()),
  inserted: z.boolean(),
  image: z.string().optional(),
  /** A remote console uses it, so Bootbench does not touch it. */
  console: z.boolean().optional(),
});
export type MediaSlot = z.infer<typeof MediaSlot>;

/** What the first contact with a BMC found. */
export const BmcIdentity = z.object({
  protocol: BmcProtocol,
  vendor: z.string(),
  model: z.string().optional(),
  /** Of the machine, not of the BMC. */
  serial: z.string().optional(),
  /** Serial numbers of the same machine that its BMC has elsewhere, such as a service tag. */
  otherSerials: z.array(z.string()).optional(),
  uuid: z.string().optional(),
  macs: z.array(Mac).default([]),
  bmcFirmware: z.string().optional(),
  biosVersion: z.string().optional(),
  /** SHA-256 of the TLS certificate, AA:BB:… */
  certificate: z.string().optional(),
  /** Which System of a Redfish service it is. `others`: how many further machines the service has, or may have. `isNamed`: the address names it. */
  system: z.object({ path: z.string(), others: z.number().int(), isNamed: z.boolean() }).optional(),
  /** What the BMC could not show, a sentence each. */
  warnings: z.array(z.string()).optional(),
  /** What it can do. */
  media: z.boolean(),
  /** Transfer protocols that its CD slots support, such as HTTPS, NFS, CIFS; absent: not reported. */
  mediaProtocols: z.array(z.string()).optional(),
  bootDevices: z.array(BootDevice),
  powerActions: z.array(PowerAction),
});
export type BmcIdentity = z.infer<typeof BmcIdentity>;

/** One machine of a Redfish service that serves several. */
export const BmcSystem = z.object({
  /** Such as /redfish/v1/Systems/1; an address with it names this machine. */
  path: z.string(),
  name: z.string(),
  uuid: z.string().optional(),
  serials: z.array(z.string()),
  macs: z.array(Mac),
  /** The BMC lists it and cannot show it. */
  unread: z.boolean().optional(),
});
export type BmcSystem = z.infer<typeof BmcSystem>;

export const Health = z.object({
  state: z.enum(['ok', 'warning', 'critical', 'unknown']),
  /** Sensors of interest: value with its unit. */
  sensors: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string(), state: z.string().optional() })),
  /** One sentence each. */
  faults: z.array(z.string()),
});
export type Health = z.infer<typeof Health>;

/** The latest that is known of a host's BMC. Not stored; read when a person opens the page. */
export const BmcStatus = z.object({
  host: z.string(),
  address: z.string(),
  identity: BmcIdentity.optional(),
  power: PowerState,
  slots: z.array(MediaSlot).optional(),
  boot: z.object({ device: BootDevice.optional(), once: z.boolean(), efi: z.boolean().optional() }).optional(),
  health: Health.optional(),
  /** Whether it is the host’s machine, with the facts of both sides. */
  comparison: MachineComparison.optional(),
  /** What the BMC could not show, a sentence each. */
  warnings: z.array(z.string()).optional(),
  identifyLed: z.boolean().optional(),
  /** Whether a password is stored for it. */
  hasPassword: z.boolean(),
  /** It is the vendor's factory password, which anyone can look up. */
  hasFactoryPassword: z.boolean().optional(),
  pinnedCertificate: z.string().optional(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      next: z.string(),
      details: z
        .object({
          systems: z.array(BmcSystem).optional(),
          certificate: z.object({ pinned: z.string(), presented: z.string() }).optional(),
        })
        .optional(),
    })
    .optional(),
  checkedAt: Timestamp,
});
export type BmcStatus = z.infer<typeof BmcStatus>;

export const FactoryVendor = z.enum(['Dell', 'Supermicro', 'Lenovo', 'AMI', 'OpenBMC']);
export type FactoryVendor = z.infer<typeof FactoryVendor>;

/** The accounts that BMCs leave the factory with, as their manuals print them. HPE’s password is on the machine’s tag, as on newer ones of Dell and Supermicro. */
export const FACTORY_ACCOUNTS: Readonly<Record<FactoryVendor, { username: string; password: string }>> = {
  Dell: { username: 'root', password: 'calvin' },
  Supermicro: { username: 'ADMIN', password: 'ADMIN' },
  Lenovo: { username: 'USERID', password: 'PASSW0RD' },
  AMI: { username: 'admin', password: 'admin' },
  OpenBMC: { username: 'root', password: '0penBmc' },
};

/** An unassigned lease that looks like a BMC’s. */
export const BmcCandidate = z.object({
  ip: IPv4,
  mac: Mac,
  vendor: z.string(),
  /** One sentence: why it looks like a BMC. */
  reason: z.string(),
  /** Whose factory account may fit. */
  factory: FactoryVendor.optional(),
});
export type BmcCandidate = z.infer<typeof BmcCandidate>;

/** How a BMC fetches an ISO. */
export const UrlScheme = z.enum(['http', 'https']);
export type UrlScheme = z.infer<typeof UrlScheme>;

/** A form of URL that the self-test gives to a BMC. */
export const UrlForm = z.enum(['plain', 'long', 'colon', 'query']);
export type UrlForm = z.infer<typeof UrlForm>;

/**
 * What became of one URL. read: bytes were fetched. reached: the BMC came and fetched none. refused: it took the URL not at all, or said
 * that it failed. silent: it said yes and never came.
 */
export const UrlTrial = z.object({
  scheme: UrlScheme,
  form: UrlForm,
  outcome: z.enum(['read', 'reached', 'refused', 'silent']),
  /** One sentence for a person, with the BMC's own words where it had any. */
  message: z.string(),
});
export type UrlTrial = z.infer<typeof UrlTrial>;

/** How a BMC reads ISOs, as it was seen. */
export const BmcSelfTest = z.object({
  /** Of the BMC that was tested; another address makes this stale. */
  address: z.string(),
  testedAt: Timestamp,
  /** The first scheme in which it read; absent: none. */
  urlScheme: UrlScheme.optional(),
  /** Asked for the size with HEAD. */
  head: z.boolean(),
  /** Bytes per request. */
  ranges: z.object({ count: z.number().int(), smallest: z.number().int(), largest: z.number().int() }).optional(),
  /** It requested the complete file, without a range. */
  whole: z.boolean(),
  /** Ranges that end behind the end of the ISO. */
  pastEnd: z.boolean(),
  /** Where the requests came from, and what asked. */
  from: z.string().optional(),
  userAgent: z.string().optional(),
  trials: z.array(UrlTrial).max(16),
});
export type BmcSelfTest = z.infer<typeof BmcSelfTest>;
