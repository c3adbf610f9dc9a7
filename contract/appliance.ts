import * as z from 'zod';
import { IPv4, Mac, Timestamp } from './primitives.ts';
import { ArgumentPart } from './views.ts';

export const DhcpMode = z.enum(['off', 'full', 'proxy', 'auto']);
/** Whether the address alone is proof enough for machines whose MAC cannot be seen, because a router is between them and us. */
export const RoutedMachines = z.enum(['refuse', 'trust']);
export const UnknownPolicy = z.enum(['ignore', 'exit', 'wait']);

const Port = z.number().int().min(0).max(65535);

/** All settings of `bootbench serve`; names as on the command line. */
export const Settings = z.object({
  dataDir: z.string().min(1),
  nic: z.string().optional(),
  dhcp: DhcpMode.default('full'),
  /** First and last address. Absent: the subnet's free upper part. */
  pool: z.tuple([IPv4, IPv4]).optional(),
  router: IPv4.optional(),
  dns: z.array(IPv4).default([]),
  /** Default: full leases an address without a boot file. */
  unknown: UnknownPolicy.default('ignore'),
  routedMachines: RoutedMachines.default('refuse'),
  confirmDhcp: z.boolean().default(false),
  /** Seconds. */
  leaseTime: z.number().int().min(60).default(3600),
  httpPort: Port.default(7080),
  tftpPort: Port.default(69),
  iscsiPort: Port.default(3260),
  dhcpPort: Port.default(67),
  /** Where DHCP replies to clients go; 68 but for tests. */
  dhcpClientPort: Port.default(68),
  api: z.object({ host: z.string(), port: Port }).default({ host: '127.0.0.1', port: 7780 }),
  tokenFile: z.string().optional(),
  publicIpv4: IPv4.optional(),
  /** More network ports on which BMCs read ISOs, and nothing else is served. */
  bmcNics: z.array(z.string().min(1)).max(16).default([]),
  /** ISOs over TLS, for BMCs that take no http; 0 is off. */
  httpsPort: Port.default(0),
  /** PEM files to use there instead of a certificate of our own. */
  httpsCert: z.string().optional(),
  httpsKey: z.string().optional(),
  isoUpstreamUrl: z.string().optional(),
  allowSourceIso: z.array(z.string()).default([]),
  ipxeOverrideArchMapping: z.string().default(''),
  syslogHost: z.string().optional(),
  tinkGrpcAuthority: z.string().optional(),
  tinkTls: z.boolean().default(false),
  /** Add the static `ipam=` argument to the Tinkerbell line. */
  isoStaticIpam: z.boolean().default(false),
  bootFilesDir: z.string(),
  uiDir: z.string(),
  /** Members that this command line or the environment named; for these a stored value waits for the next start without them. */
  given: z.array(z.string()).optional(),
});
export type Settings = z.infer<typeof Settings>;

/** What may be changed while the appliance runs; stored in the database, and preferred to the command line's. */
export const RuntimeSettings = Settings.pick({
  dhcp: true,
  pool: true,
  router: true,
  dns: true,
  unknown: true,
  routedMachines: true,
  confirmDhcp: true,
  leaseTime: true,
  ipxeOverrideArchMapping: true,
});
export type RuntimeSettings = z.infer<typeof RuntimeSettings>;

export const NicAddress = z.object({ address: IPv4, netmask: IPv4, linkLocal: z.boolean() });

export const Nic = z.object({
  name: z.string(),
  mac: z.string(),
  index: z.number().int(),
  addresses: z.array(NicAddress),
  up: z.boolean(),
  carrier: z.boolean(),
  /** Mbit/s, absent where the system does not know. */
  speed: z.number().optional(),
  wireless: z.boolean(),
  loopback: z.boolean(),
  defaultRoute: z.boolean(),
  mtu: z.number().int(),
});
export type Nic = z.infer<typeof Nic>;

export const ServiceName = z.enum(['dhcp', 'tftp', 'http', 'iscsi', 'management']);
export type ServiceName = z.infer<typeof ServiceName>;
/** As people write them. */
export const SERVICE_TITLES = {
  dhcp: 'DHCP',
  tftp: 'TFTP',
  http: 'HTTP',
  iscsi: 'iSCSI',
  management: 'Management',
} as const satisfies Record<ServiceName, string>;

export const ServiceStatus = z.object({
  name: ServiceName,
  state: z.enum(['ready', 'starting', 'waiting', 'off', 'failed']),
  /** One sentence: where it listens, or why it does not. */
  message: z.string(),
  port: Port.optional(),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
});
export type ServiceStatus = z.infer<typeof ServiceStatus>;

export const PreflightCheck = z.object({
  id: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'unknown']),
  /** What it is about, where one check is made for each of several things: a host's name, a port, an endpoint. */
  subject: z.string().optional(),
  message: z.string(),
  /** What to do: words, the exact command where there is one, and a button's verb where `appliance.fix` can do it. */
  fix: z
    .object({
      message: z.string(),
      command: z.string().optional(),
      button: z.string().optional(),
      /** Other ways out, each with an id of its own for `appliance.fix`. */
      also: z.array(z.object({ id: z.string(), button: z.string() })).optional(),
    })
    .optional(),
});
export type PreflightCheck = z.infer<typeof PreflightCheck>;

/** Another DHCP or proxy server that answered a probe. */
export const OtherDhcpServer = z.object({
  address: IPv4,
  vendor: z.string().optional(),
  /** It offers boot files only, no addresses. */
  proxy: z.boolean(),
  message: z.string(),
});
export type OtherDhcpServer = z.infer<typeof OtherDhcpServer>;

/** What a boot file's bytes show. What could not be read is absent. */
export const BootFileFacts = z.object({
  /** unknown: neither a program for UEFI nor an iPXE image for BIOS. */
  format: z.enum(['uefi', 'bios', 'unknown']),
  /** `BIOS`, `x86-64`, `ARM64`, … */
  machine: z.string().optional(),
  program: z.enum(['iPXE', 'shim', 'GRUB']).optional(),
  version: z.string().optional(),
  /** iPXE's own names of what was built in. */
  features: z.array(z.string()).optional(),
  /** How iPXE stores the sizes and offsets of an ISO. */
  offsetBits: z.union([z.literal(32), z.literal(64)]).optional(),
  /** It carries a Secure Boot signature, which Bootbench does not check. */
  signed: z.boolean().optional(),
});
export type BootFileFacts = z.infer<typeof BootFileFacts>;

export const BootFileStatus = z.object({
  name: z.string(),
  arch: z.string(),
  present: z.boolean(),
  size: z.number().optional(),
  sha256: z.string().optional(),
  /**
   * verified: the hash of the catalogue. package: from a signed package of another distribution. source: from a source that a person
   * confirmed. other: a file the user dropped in.
   */
  origin: z.enum(['verified', 'package', 'source', 'other', 'missing']),
  from: z.string(),
  /** What does not work while it is missing. */
  cost: z.string(),
  /** The file that is served. */
  path: z.string().optional(),
  facts: BootFileFacts.optional(),
});
export type BootFileStatus = z.infer<typeof BootFileStatus>;

/** A boot file at a source (a folder or an address), before it is installed. */
export const BootFileOffer = z.object({
  name: z.string(),
  arch: z.string(),
  cost: z.string(),
  /**
   * new: never confirmed for this source. confirmed: the same bytes as before. changed: others than were confirmed. refused: see `problem`.
   * missing: the source does not have it.
   */
  state: z.enum(['new', 'confirmed', 'changed', 'refused', 'missing']),
  problem: z.string().optional(),
  /** The address, after redirects, or the path. */
  location: z.string().optional(),
  size: z.number().optional(),
  sha256: z.string().optional(),
  confirmedSha256: z.string().optional(),
  facts: BootFileFacts.optional(),
});
export type BootFileOffer = z.infer<typeof BootFileOffer>;

/** Something that does not work now although the services run, such as a full disk. */
export const StatusProblem = z.object({
  id: z.string(),
  since: Timestamp,
  code: z.string(),
  message: z.string(),
  next: z.string(),
});
export type StatusProblem = z.infer<typeof StatusProblem>;

export const ApplianceStatus = z.object({
  nic: Nic.optional(),
  address: IPv4.optional(),
  bootUrl: z.string().optional(),
  services: z.array(ServiceStatus),
  /** Absent while there are none. */
  problems: z.array(StatusProblem).optional(),
  version: z.string(),
});
export type ApplianceStatus = z.infer<typeof ApplianceStatus>;

/** Names of things that happened. `<what>.<how it went>`. */
export const EventType = z.enum([
  'dhcp.discover',
  'dhcp.offer',
  'dhcp.ack',
  'dhcp.nak',
  'dhcp.decline',
  'dhcp.release',
  'dhcp.inform',
  'dhcp.ignored',
  'dhcp.conflict',
  'dhcp.lease-clock',
  'dhcp.other-server',
  'dhcp.os-lease',
  'tftp.started',
  'tftp.completed',
  'tftp.missed',
  'tftp.aborted',
  'tftp.refused',
  'script.served',
  'script.refused',
  'bootfile.served',
  'bootfile.refused',
  'iso.opened',
  'iso.patched-read',
  'iso.config-read',
  'iso.file-read',
  'iso.stalled',
  'iso.completed',
  'iso.refused',
  'iscsi.login',
  'iscsi.closed',
  'iscsi.refused',
  'iscsi.read-failed',
  'config.served',
  'config.refused',
  'boot.complete',
  'boot.mismatch',
  'boot.secure-boot-suspected',
  'image.import-started',
  'image.imported',
  'image.import-failed',
  'image.lost',
  'image.back',
  'host.discovered',
  'host.facts',
  'host.known-uuid-new-mac',
  'assignment.armed',
  'assignment.config-cleared',
  'assignment.done',
  'job.started',
  'job.step',
  'job.done',
  'job.failed',
  'job.cancelled',
  'bmc.power',
  'bmc.media',
  'console.opened',
  'console.closed',
  'console.matched',
  'console.answered',
  'console.trigger-stopped',
  'console.not-stored',
  'console.output-lost',
  'service.up',
  'service.down',
  'nic.changed',
  'settings.changed',
  'storage.damaged',
  'storage.failing',
  'storage.recovered',
  'storage.backup-failed',
  'protection.limited',
  'protection.ended',
  'appliance.started',
  'appliance.stopped',
]);
export type EventType = z.infer<typeof EventType>;

export const EventData = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]));

/** Something that happened: durable, sequenced, with a sentence that a person can read. */
export const BenchEvent = z.object({
  seq: z.number().int(),
  at: Timestamp,
  type: EventType,
  /** Identifiers as known to the one who saw it; activity never looks hosts up. */
  host: z.string().optional(),
  mac: Mac.optional(),
  ip: z.string().optional(),
  /** Names the host, MAC or address that it is about. */
  message: z.string(),
  data: EventData.default({}),
});
export type BenchEvent = z.infer<typeof BenchEvent>;
export type NewEvent = Omit<BenchEvent, 'seq' | 'at' | 'data'> & { data?: z.infer<typeof EventData> };

/** The latest value of something that moves, such as one transfer. Not stored. */
export const Progress = z.object({
  key: z.string(),
  mac: z.string().optional(),
  host: z.string().optional(),
  message: z.string(),
  done: z.number(),
  total: z.number().optional(),
  /** Bytes per second. */
  rate: z.number().optional(),
  /** What is being read just now, where the whole has parts. */
  part: z.object({ name: z.string(), done: z.number(), total: z.number() }).optional(),
  /** Which pieces of the whole are there: a digit from 0 to 9 (all) for each of STRIP_PIECES. */
  strip: z.string().optional(),
  at: Timestamp,
});
export type Progress = z.infer<typeof Progress>;

/** One step of "what will this host get?". */
export const ExplainStep = z.object({
  stage: z.enum(['identity', 'dhcp', 'boot-file', 'script', 'image', 'arguments', 'config']),
  message: z.string(),
  reasons: z.array(z.string()),
});
export const Explanation = z.object({
  host: z.string().optional(),
  mac: z.string(),
  arch: z.number().int(),
  steps: z.array(ExplainStep),
  script: z.string().optional(),
  kernelArguments: z.string().optional(),
  /** Where each of them comes from. */
  argumentParts: z.array(ArgumentPart).optional(),
});
export type Explanation = z.infer<typeof Explanation>;
export type ExplainStep = z.infer<typeof ExplainStep>;
