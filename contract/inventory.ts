import * as z from 'zod';
import { ConsoleTrigger } from './console.ts';
import { consoleUrlProblem } from './console-url.ts';
import { BmcSelfTest, UrlScheme } from './bmc.ts';
import { HostIscsi } from './iscsi.ts';
import { BmcAddress, FileName, IPv4, Mac, Name, Netmask, Seq, Timestamp } from './primitives.ts';

/** The reserved image name: boot from the machine's own disk. */
export const LOCAL_BOOT = 'localboot';

export const Arch = z.enum(['x86_64', 'aarch64']);
export type Arch = z.infer<typeof Arch>;

const HttpUrl = z.url({ protocol: /^https?$/, error: 'must be an absolute http:// or https:// URL' });

/** A kernel command line ends at U+0000: what follows it would silently not be there. */
const KernelArguments = z
  .string()
  .max(2000)
  .refine((text) => !text.includes('\0'), 'Kernel arguments cannot contain the character U+0000.');

/** One network interface of a host, with what DHCP and the ISO proxy say to it. Absent = not said. */
export const Interface = z.object({
  mac: Mac,
  /** False: an address is leased, but never a boot file. */
  allowPXE: z.boolean().default(true),
  ip: IPv4.optional(),
  netmask: Netmask.optional(),
  gateway: IPv4.optional(),
  hostname: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}$/)
    .optional(),
  /** Seconds. */
  leaseTime: z.number().int().min(60).max(4_294_967_295).optional(),
  nameServers: z.array(IPv4).max(8).optional(),
  domainName: z.string().max(253).optional(),
  domainSearch: z.array(z.string().max(253)).max(8).optional(),
  ntpServers: z.array(IPv4).max(8).optional(),
  logServers: z.array(IPv4).max(8).optional(),
  /** RFC 3442 routes. */
  classlessRoutes: z
    .array(z.object({ destination: z.cidrv4(), router: IPv4 }))
    .max(32)
    .optional(),
  /** Boot file instead of the architecture table's: a name of the boot-file catalogue, or an http(s) URL. */
  bootFile: z.string().min(1).max(1024).optional(),
  sourceISO: HttpUrl.optional(),
  facility: z.string().max(128).optional(),
  vlan: z.number().int().min(1).max(4094).optional(),
  extraArgs: KernelArguments.optional(),
});
export type Interface = z.infer<typeof Interface>;

/** How this host leaves the netboot path for its own disk; `exit` fails on some firmware. */
export const LocalBoot = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exit') }),
  z.object({ kind: z.literal('sanboot') }),
  z.object({ kind: z.literal('efi'), file: z.string().min(1).max(255) }),
]);
export type LocalBoot = z.infer<typeof LocalBoot>;

export const BootMethod = z.enum(['virtual-media', 'iscsi', 'http-san', 'kernel', 'uefi-http', 'local']);
export type BootMethod = z.infer<typeof BootMethod>;

export const AssignmentInput = z.object({
  image: z.union([Name, z.literal(LOCAL_BOOT)]),
  config: Name.nullish(),
  /** Kernel arguments of this host, after the interface's own. */
  args: KernelArguments.optional(),
  method: BootMethod.optional(),
  /** How the system finds its config: by a URL of Bootbench, or on the ISO. Default: as the image's profile prefers. */
  deliver: z.enum(['url', 'media']).optional(),
  mode: z.enum(['once', 'always']).default('once'),
  /** What the host gets after a `once` boot is done. */
  after: z.object({ image: z.literal(LOCAL_BOOT), config: Name.optional() }).optional(),
});
export type AssignmentInput = z.infer<typeof AssignmentInput>;

export const Assignment = AssignmentInput.extend({
  config: Name.optional(),
  /** armed: the next netboot boots the image. done: evidence is complete, the host boots locally (mode once). */
  state: z.enum(['armed', 'done']),
  armedAt: Timestamp,
  /** The number of the last event before it was armed; evidence comes after. Clocks are not compared: they may be set back. */
  armedAfter: z.number().int().optional(),
  doneAt: Timestamp.optional(),
  /** The sequence numbers of the events that completed the evidence. */
  evidence: z.array(z.number().int()).default([]),
});
export type Assignment = z.infer<typeof Assignment>;

/** What the machine itself reported through iPXE or DHCP. */
export const HostFacts = z.object({
  uuid: z.string().optional(),
  serial: z.string().optional(),
  product: z.string().optional(),
  manufacturer: z.string().optional(),
  secureBoot: z.enum(['on', 'off']).optional(),
  /** DHCP option 93. */
  firmwareArch: z.number().int().optional(),
});
export type HostFacts = z.infer<typeof HostFacts>;

/** What identifies the machine, and who confirmed it. */
export const ConfirmedIdentity = z.object({
  uuid: z.string().optional(),
  serial: z.string().optional(),
  /** A person (adopted it, armed it, or said so), or the host's BMC. */
  by: z.enum(['person', 'bmc']),
});
export type ConfirmedIdentity = z.infer<typeof ConfirmedIdentity>;

/** What a machine with the host's MAC reported that contradicts what is confirmed. */
export const OtherReport = HostFacts.extend({ mac: Mac, at: Timestamp });
export type OtherReport = z.infer<typeof OtherReport>;

export const HostInput = z.object({
  name: Name,
  arch: Arch.optional(),
  interfaces: z.array(Interface).min(1).max(16),
  localBoot: LocalBoot.default({ kind: 'exit' }),
  /** Free fields for config templates: {{ host.vars.role }}. */
  vars: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  bmc: z
    .object({
      address: BmcAddress,
      username: z.string().max(64).optional(),
      /** How it fetches ISOs; absent: as its self-test found, else http. */
      urlScheme: UrlScheme.optional(),
      selfTest: BmcSelfTest.optional(),
    })
    .optional(),
  /** A console URL (contract/console-url.ts). */
  console: z
    .string()
    .max(255)
    .superRefine((url, context) => {
      const problem = consoleUrlProblem(url);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  iscsi: HostIscsi.optional(),
  /** In addition to those of the image's profile; one of the same name replaces the profile's. */
  triggers: z.array(ConsoleTrigger).max(32).optional(),
});
export type HostInput = z.infer<typeof HostInput>;

export const Host = HostInput.extend({
  facts: HostFacts.default({}),
  /** Only this can keep a machine from its boot. What a machine reports by itself is in `facts`, and keeps nothing from anybody. */
  confirmed: ConfirmedIdentity.optional(),
  otherReport: OtherReport.optional(),
  assignment: Assignment.optional(),
  seq: Seq,
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Host = z.infer<typeof Host>;

/** A machine that asked to boot and is not a host. */
export const Discovered = z.object({
  mac: Mac,
  facts: HostFacts.default({}),
  vendorClass: z.string().optional(),
  address: IPv4.optional(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
});
export type Discovered = z.infer<typeof Discovered>;

export const ImageKind = z.enum(['install', 'live']);

export const ImageSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('file'), path: z.string().min(1) }),
  z.object({ type: z.literal('url'), url: HttpUrl }),
]);
export type ImageSource = z.infer<typeof ImageSource>;

export const ImageInput = z.object({
  name: Name.refine((name) => name !== LOCAL_BOOT, `${LOCAL_BOOT} is reserved`),
  source: ImageSource,
  /** Default: as the image's profile says. */
  kind: ImageKind.optional(),
  description: z.string().max(500).default(''),
  /** Names of the configs that go with this image; an image without any takes no config. */
  bootConfigs: z.array(Name).default([]),
  /** Kernel arguments for every host that boots it, before the interface's and the host's own. */
  args: KernelArguments.optional(),
  /** Served as it is: no arguments, no injected files. */
  unpatched: z.boolean().optional(),
});
export type ImageInput = z.infer<typeof ImageInput>;

/** Which system an ISO holds (iso/profiles). */
export const ProfileMatch = z.object({
  /** A profile's id; `unknown` where none fits. */
  id: z.string(),
  /** "Fedora Server 43". */
  title: z.string(),
  version: z.string().optional(),
  variant: z.string().optional(),
  arch: z.array(Arch).default([]),
  /** Where the kernel method finds its kernel and initrds, as paths of the ISO. */
  kernel: z.object({ path: z.string(), initrds: z.array(z.string()) }).optional(),
});
export type ProfileMatch = z.infer<typeof ProfileMatch>;

/** A boot configuration: in the ISO's tree, or in the FAT file system of a boot image. */
export const BootConfigRef = z.object({
  path: z.string(),
  kind: z.enum(['grub', 'isolinux', 'systemd-boot', 'esxi', 'refind', 'xen']),
  /** Which entry of the boot catalogue holds it, from 0; absent for the ISO's own tree. */
  fat: z.number().int().nonnegative().optional(),
});
export type BootConfigRef = z.infer<typeof BootConfigRef>;

/** A file that may be a boot configuration and was not looked into: too large, one of too many, or in a damaged boot image (`path` empty). */
export const UnreadConfig = z.object({
  path: z.string(),
  fat: z.number().int().nonnegative().optional(),
  cause: z.enum(['large', 'many', 'damaged']),
  /** It is where boot loaders look for their configuration. Of the others only the first is listed. */
  likely: z.boolean(),
  /** How many files like this one there are, itself among them. */
  count: z.number().int().positive(),
});
export type UnreadConfig = z.infer<typeof UnreadConfig>;

/** A boot menu inside an unsigned GRUB program (grub-mkstandalone): a file of the tar archive that is its memory disk. Absolute bytes of the ISO. */
export const InnerConfig = z.object({
  /** The program, in the ISO's tree or in the boot image of a catalogue entry. */
  program: z.string(),
  fat: z.number().int().nonnegative().optional(),
  /** The file's name in the archive. */
  path: z.string(),
  /** Where the file's 512-byte tar header is; its text follows. */
  header: z.number().int().nonnegative(),
  size: z.number().int().nonnegative(),
  /** How many bytes the text may have at most: up to the next file of the archive. */
  room: z.number().int().nonnegative(),
});
export type InnerConfig = z.infer<typeof InnerConfig>;

/**
 * One way in which firmware starts the ISO: which boot loader it is, which configurations that loader reads, and whether a host's kernel
 * arguments are in what it starts.
 */
export const CoverageRow = z.object({
  firmware: z.enum(['bios', 'uefi']),
  /** Of UEFI: the machine type of the program. */
  arch: z.enum(['x86_64', 'aarch64', 'i386', 'riscv64']).optional(),
  /** How the machine has the ISO: as a CD, as a USB disk, or in either way. */
  as: z.enum(['cd', 'usb', 'any']),
  /** The programs, in the order in which they start each other. */
  loaders: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Configurations that it reads, with `fat` for those inside a boot image. */
  configs: z.array(z.object({ path: z.string(), fat: z.number().int().nonnegative().optional() })),
  /** Menu entries that get the host's arguments. */
  added: z.number().int().nonnegative(),
  reach: z.enum(['all', 'some', 'none']),
  /** One sentence: what is added, or why not. */
  reason: z.string(),
});
export type CoverageRow = z.infer<typeof CoverageRow>;

/** Places of one size that CoreOS keeps for arguments and Ignition (coreos-installer's embed areas). Absolute bytes of the ISO. */
export const CoreosAreas = z.object({
  kargs: z
    .object({
      /** Bytes of each area; text, end and padding fill it. */
      size: z.number().int(),
      default: z.string(),
      areas: z.array(z.object({ offset: z.number().int(), pad: z.string(), end: z.string() })),
    })
    .optional(),
  ignition: z.object({ offset: z.number().int(), length: z.number().int() }).optional(),
});
export type CoreosAreas = z.infer<typeof CoreosAreas>;

/** What one look at the ISO's metadata and boot configuration found. Offsets are absolute bytes of the ISO. */
export const ImageIndex = z.object({
  volumeId: z.string(),
  size: z.number().int().positive(),
  /** Identity of the bytes: of size and mtime for a file, of ETag or Last-Modified and size upstream. */
  etag: z.string(),
  biosBootable: z.boolean(),
  uefiBootable: z.boolean(),
  placeholderOffsets: z.array(z.number().int().nonnegative()),
  /** Boot configurations that a host's arguments are put into; absent for images added before they were looked for. */
  bootConfigs: z.array(BootConfigRef).optional(),
  /** Files that may be boot configurations too. Absent: none. */
  unreadConfigs: z.array(UnreadConfig).optional(),
  innerConfigs: z.array(InnerConfig).optional(),
  /** Each way in which firmware starts it; absent for images added before this was looked for. */
  coverage: z.array(CoverageRow).optional(),
  /** Raised when a look finds more; an older index is made again when the image is opened. */
  revision: z.number().int().optional(),
  profile: ProfileMatch.optional(),
  /** A shim that a Secure Boot machine accepts starts it. */
  signed: z.boolean().optional(),
  /** Unified kernel images: their command line is inside a signed program, and cannot be changed. */
  ukis: z.array(z.string()).optional(),
  coreos: CoreosAreas.optional(),
  /** Its files are in a UDF tree, as on Windows media. */
  udf: z.boolean().optional(),
  /** false: the server of its URL has no ranges, so it is fetched once as a whole before machines can read all of it. */
  ranges: z.boolean().optional(),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

export const Image = ImageInput.extend({
  kind: ImageKind,
  index: ImageIndex,
  /** An import copied the ISO into the library; the file is deleted with the image. */
  imported: z.boolean().optional(),
  /** Of the ISO's bytes as they were imported, hex. */
  sha256: z.string().optional(),
  /** The checksum file that the SHA-256 was found in. */
  verifiedBy: z.string().optional(),
  seq: Seq,
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Image = z.infer<typeof Image>;

export const ConfigFormat = z.enum(['ignition', 'kickstart', 'preseed', 'autoinstall', 'autoyast', 'autounattend', 'ipxe', 'other']);
export type ConfigFormat = z.infer<typeof ConfigFormat>;

export const ConfigInput = z.object({
  name: Name,
  format: ConfigFormat,
  /** Text by file name. */
  files: z
    .record(FileName, z.string().max(1_048_576))
    .refine((files) => Object.keys(files).length >= 1 && Object.keys(files).length <= 64, 'give 1 to 64 files'),
  defaultFile: FileName.optional(),
  description: z.string().max(500).default(''),
});
export type ConfigInput = z.infer<typeof ConfigInput>;

export const Config = ConfigInput.extend({ seq: Seq, createdAt: Timestamp, updatedAt: Timestamp });
export type Config = z.infer<typeof Config>;

/** How a write is done. */
export const WriteOptions = z.object({
  /** Only while this is the object's `seq`: E_CONFLICT otherwise. */
  ifSeq: z.number().int().nonnegative().optional(),
  /** Checks everything and stores nothing. */
  dryRun: z.boolean().optional(),
});
export type WriteOptions = z.infer<typeof WriteOptions>;

export const LeaseState = z.enum(['offered', 'bound', 'released', 'declined']);

export const Lease = z.object({
  ip: IPv4,
  mac: Mac,
  state: LeaseState,
  hostname: z.string().optional(),
  vendorClass: z.string().optional(),
  /** The relay that it was given through (giaddr); absent for a machine on our own wire. */
  relay: IPv4.optional(),
  startedAt: Timestamp,
  expiresAt: Timestamp,
});
export type Lease = z.infer<typeof Lease>;
