import * as z from 'zod';
import {
  ApplianceStatus,
  BenchEvent,
  BootFileOffer,
  BootFileStatus,
  Explanation,
  Nic,
  OtherDhcpServer,
  PreflightCheck,
  Progress,
  RuntimeSettings,
} from './appliance.ts';
import { BmcCandidate, BmcIdentity, BmcSelfTest, BmcStatus, FactoryVendor, PowerAction, UrlForm } from './bmc.ts';
import { Change, Snapshot } from './changes.ts';
import {
  ConsoleHit,
  ConsoleOutput,
  ConsoleStatus,
  ConsoleTrigger,
  ConsoleViewer,
  ModemLines,
  SerialPortInfo,
  Transcript,
} from './console.ts';
import { DoctorCheck } from './doctor.ts';
import { ChapName, ChapSecret, IscsiSession } from './iscsi.ts';
import { AssignmentInput, Config, ConfigFormat, ConfigInput, Host, HostInput, Image, ImageInput, WriteOptions } from './inventory.ts';
import { Job, JobInput, JobPreview, JobPreviewInput } from './jobs.ts';
import { BmcAddress, IPv4, Mac, Name, Timestamp } from './primitives.ts';
import { LimitEpisode } from './protection.ts';
import { FinalArguments, ImageDescription, LintFinding, PatchReceipt, Reading } from './views.ts';

export interface Call<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'call';
  readonly input: I;
  readonly output: O;
}
export interface Stream<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'stream';
  readonly input: I;
  /** One item of the stream. */
  readonly output: O;
}

const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Call<I, O> => ({ kind: 'call', input, output });
const stream = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Stream<I, O> => ({ kind: 'stream', input, output });

const none = z.object({}).default({});
const byName = z.object({ name: Name });
const done = z.object({});
const ofHost = z.object({ host: Name });
const asViewer = z.object({ host: Name, viewer: ConsoleViewer });
const byId = z.object({ id: z.string().min(1).max(64) });
/** Goes in, and never comes out again. */
const Password = z.string().min(1).max(256);

/** RFC 7386: named members replace, null removes, what is not named stays. */
const mergePatch = WriteOptions.extend({ name: Name, patch: z.record(z.string(), z.json()) });
const removal = WriteOptions.extend(byName.shape);
const { dryRun } = WriteOptions.shape;

/** The whole contract between the appliance and its clients: window, browser, CLI and REST. */
export const procedures = {
  'appliance.status': call(none, ApplianceStatus),
  'appliance.nics': call(none, z.array(Nic)),
  'appliance.selectNic': call(z.object({ nic: z.string() }), ApplianceStatus),
  'appliance.offerAddress': call(z.object({ nic: z.string() }), z.object({ address: z.string(), prefix: z.number(), command: z.string() })),
  'appliance.setAddress': call(z.object({ nic: z.string(), address: z.string(), prefix: z.number() }), done),
  'appliance.preflight': call(z.object({ nic: z.string().optional() }), z.array(PreflightCheck)),
  /** Does what the button of that check promises. */
  'appliance.fix': call(z.object({ id: z.string(), nic: z.string().optional() }), z.array(PreflightCheck)),
  /** Asks for other DHCP servers on a port, whether DHCP runs or not. */
  'appliance.probe': call(z.object({ nic: z.string() }), z.array(OtherDhcpServer)),
  'appliance.settings': call(none, RuntimeSettings),
  /** Merges (null removes), restarts what depends on it. */
  'appliance.changeSettings': call(z.object({ patch: z.record(z.string(), z.json()) }), RuntimeSettings),
  /** Vendor names by MAC, for those whose OUI is known. */
  'appliance.vendors': call(z.object({ macs: z.array(Mac).max(2000) }), z.record(z.string(), z.string())),
  'appliance.bootFiles': call(none, z.array(BootFileStatus)),
  /** What a folder of this computer or an https address has; nothing is installed. */
  'appliance.bootFileOffers': call(z.object({ from: z.string().min(1).max(2000) }), z.array(BootFileOffer)),
  /** Installs the files of a source whose SHA-256 a person confirmed, by name. E_BOOT_FILE_REFUSED when one has another hash. */
  'appliance.installBootFiles': call(
    z.object({ from: z.string().min(1).max(2000), confirmed: z.record(z.string(), z.string()) }),
    z.array(BootFileStatus),
  ),
  'appliance.backup': call(
    z.object({ file: z.string().min(1), database: z.enum(['inventory', 'history']).default('inventory') }),
    z.object({ file: z.string(), bytes: z.number() }),
  ),
  /** Ends the program in order, as Ctrl-C would. It is still ending when this resolves; its services run in the process `pid`. */
  'appliance.stop': call(none, z.object({ pid: z.number().int().positive() })),
  /** What `bootbench doctor` checks, by the running program itself. It starts and stops nothing. */
  'appliance.doctor': call(z.object({ nic: z.string().optional() }).default({}), z.array(DoctorCheck)),
  /** A support bundle: the bytes of a .tar.gz in pieces of base64, without passwords, tokens and configs. */
  'appliance.supportBundle': stream(none, z.string()),
  'appliance.statusWatch': stream(none, ApplianceStatus),

  'inventory.snapshot': call(none, Snapshot),
  'inventory.watch': stream(z.object({ since: z.number().int().nonnegative() }), z.array(Change)),

  'host.list': call(none, z.array(Host)),
  'host.get': call(byName, Host),
  'host.add': call(HostInput, Host),
  'host.patch': call(mergePatch, Host),
  'host.remove': call(removal, done),
  'host.assign': call(z.object({ host: Name, assignment: AssignmentInput }), z.object({ host: Host, notes: z.array(z.string()) })),
  'host.unassign': call(z.object({ host: Name }), Host),
  /** Adds or patches a host and its assignment (null: none) in one transaction. */
  'host.apply': call(
    WriteOptions.extend({
      name: Name,
      add: HostInput.optional(),
      patch: z.record(z.string(), z.json()).optional(),
      assignment: AssignmentInput.nullish(),
    }),
    z.object({ host: Host, notes: z.array(z.string()) }),
  ),
  'host.explain': call(z.object({ host: z.string(), arch: z.number().int().min(0).max(65535).optional() }), Explanation),
  /** What the host would add to the kernel's command line; with `assignment`, as it would be with that one. */
  'host.arguments': call(z.object({ host: Name, assignment: AssignmentInput.optional() }), FinalArguments),
  /** The newest view of the host, or the one of a token. E_VIEW_GONE when it has none. */
  'host.receipt': call(z.object({ host: Name, token: z.string().optional() }), PatchReceipt),
  /** Reads the whole view to hash it; takes as long as that. */
  'host.viewSha256': call(z.object({ host: Name, token: z.string() }), z.object({ sha256: z.string() })),
  /** The URL that a BMC, or a person at one, mounts as the host's medium. */
  'host.mediaUrl': call(z.object({ host: Name }), z.object({ url: z.string(), token: z.string() })),
  /** What the host's machine has read in its latest boot; null when nothing since the start. */
  'host.reading': call(z.object({ host: Name }), Reading.nullable()),
  /** The machine that reports something else is the host: what it reports is confirmed. Without a contradiction, what is known is. */
  'host.confirmIdentity': call(ofHost, Host),
  /** Forgets what contradicts the host's identity; without a contradiction, everything that its machine reported. */
  'host.forgetReport': call(ofHost, Host),
  /** Another machine can use the address immediately. E_NOT_FOUND. */
  'lease.release': call(z.object({ ip: IPv4 }), done),
  'host.adopt': call(z.object({ mac: Mac, name: Name }), Host),

  /** As the BMC is now, or was a moment ago unless it is to be `fresh`; trouble with it is in its `error`. What it rejected is not sent again. */
  'bmc.status': call(ofHost.extend({ fresh: z.boolean().optional() }), BmcStatus),
  /** Identifies the BMC again, also after it rejected the credentials. */
  'bmc.test': call(ofHost, BmcStatus),
  /** Not while a job of the host is under way. */
  'bmc.power': call(z.object({ host: Name, action: PowerAction }), BmcStatus),
  'bmc.media': call(z.object({ host: Name, action: z.enum(['insert', 'eject']) }), BmcStatus),
  /** How the BMC reads an ISO of ours, by http and https and by the forms of URL that are asked for; its slots must be empty. Takes minutes. */
  'bmc.selfTest': call(z.object({ host: Name, forms: z.array(UrlForm).max(4).optional() }), BmcSelfTest),
  /**
   * The BMC’s machine is the host’s: its UUID and serial number replace those of the host’s record. E_EXISTS when another host has them,
   * E_BMC_UNSUPPORTED when the BMC reports none that identifies a machine.
   */
  'bmc.takeFacts': call(ofHost, Host),
  'bmc.identifyLed': call(z.object({ host: Name, on: z.boolean() }), BmcStatus),
  /** `stored`: false where this computer has no secure storage; the password is then lost at a restart. */
  'bmc.setCredentials': call(z.object({ host: Name, username: z.string().max(64), password: Password }), z.object({ stored: z.boolean() })),
  /** Pins the certificate that was refused last, or the one of that SHA-256 fingerprint. */
  'bmc.acceptCertificate': call(
    z.object({
      host: Name,
      fingerprint: z
        .string()
        .regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
        .optional(),
    }),
    BmcStatus,
  ),
  /** Leases that look like BMCs and are not assigned to a host. */
  'bmc.candidates': call(z.object({}).default({}), z.array(BmcCandidate)),
  /** Who answers to a vendor's factory account. One try for each address and vendor: what it rejected is not sent again. E_BMC_AUTH. */
  'bmc.tryFactory': call(z.object({ address: BmcAddress.min(1), vendor: FactoryVendor }), BmcIdentity),
  /** Identifies the BMC at an address that is not assigned to a host. */
  'bmc.probe': call(z.object({ address: BmcAddress.min(1), username: z.string().max(64), password: Password }), BmcIdentity),

  'console.list': call(none, z.array(ConsoleStatus)),
  /** Every status now, then each that changes. */
  'console.watch': stream(none, z.array(ConsoleStatus)),
  /**
   * Opens the console while the stream is read. Output from `from` on (negative: that many bytes before the end), then what follows, also of
   * later boots. E_NO_CONSOLE; E_SLOW_READER.
   */
  'console.output': stream(asViewer.extend({ from: z.number().int().default(-65_536) }), z.array(ConsoleOutput)),
  /** Base64. The first viewer to write becomes the typist. E_CONSOLE_TYPIST names another one; E_CONSOLE_GONE while it is not open. */
  'console.write': call(asViewer.extend({ data: z.base64().max(90_000) }), done),
  'console.takeKeyboard': call(asViewer.extend({ takeOver: z.boolean().default(false) }), done),
  'console.releaseKeyboard': call(asViewer, done),
  'console.sendBreak': call(asViewer, done),
  /** `auto` detects it from what the machine sends. */
  'console.setBaud': call(
    asViewer.extend({ baud: z.union([z.number().int().min(50).max(4_000_000), z.literal('auto')]) }),
    z.object({ baud: z.number() }),
  ),
  'console.setLines': call(asViewer.extend({ lines: ModemLines.pick({ dtr: true, rts: true }) }), done),
  /** Without waiting for the next try. `takeOver` ends another user's session where the console can. */
  'console.reconnect': call(ofHost.extend({ takeOver: z.boolean().default(false) }), done),
  /** Pins the SSH host key that was refused last, or the one of that fingerprint. */
  'console.acceptHostKey': call(ofHost.extend({ fingerprint: z.string().startsWith('SHA256:').max(60).optional() }), done),
  /** Newest first. */
  'console.transcripts': call(ofHost, z.array(Transcript)),
  'console.read': call(
    ofHost.extend({
      transcript: z.string().max(128),
      offset: z.number().int().nonnegative(),
      limit: z.number().int().min(1).max(1_048_576),
    }),
    z.array(ConsoleOutput),
  ),
  /** Where the console was at a time; null when nothing was recorded then. */
  'console.at': call(ofHost.extend({ at: Timestamp }), z.object({ transcript: z.string(), offset: z.number() }).nullable()),
  /** Newest first, without regard to case. */
  'console.search': call(
    ofHost.extend({
      text: z.string().min(1).max(200),
      transcript: z.string().max(128).optional(),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    z.array(ConsoleHit),
  ),
  'console.export': stream(ofHost.extend({ transcript: z.string().max(128), format: z.enum(['text', 'asciicast']) }), z.string()),
  /** Serial ports of this computer. */
  'console.ports': call(none, z.array(SerialPortInfo)),
  /** The triggers that work on this host's console now: its own, then those of its image's profile. E_TRIGGER names what a pattern does wrong. */
  'console.triggers': call(ofHost, z.array(ConsoleTrigger.extend({ from: z.enum(['host', 'profile']) }))),

  /** Who is limited, so that others are answered: active ones first. */
  'protection.list': call(none, z.array(LimitEpisode)),
  /** The same list now, and after changes, at most once a second. */
  'protection.watch': stream(none, z.array(LimitEpisode)),

  'iscsi.sessions': call(none, z.array(IscsiSession)),
  /** All sessions now, and again after each change; rates at most once a second. */
  'iscsi.watch': stream(none, z.array(IscsiSession)),
  /**
   * The account that the host logs in with, and with `reverse` the target's own (mutual CHAP). An absent secret: the stored one stays.
   * `stored`: as for bmc.setCredentials. E_NO_CHAP_SECRET, E_BAD_INPUT where both secrets are the same. With `dryRun` only the secrets are
   * checked, also those of a host that is not added yet.
   */
  'iscsi.setChap': call(
    z.object({
      host: Name,
      username: ChapName,
      secret: ChapSecret.optional(),
      reverse: z.object({ username: ChapName, secret: ChapSecret.optional() }).nullish(),
      dryRun,
    }),
    z.object({ stored: z.boolean() }),
  ),
  /** Whether the secrets of the host's account and of the target's own are stored on this computer. */
  'iscsi.storedSecrets': call(ofHost, z.object({ machine: z.boolean(), target: z.boolean() })),
  /** The host logs in without CHAP. */
  'iscsi.clearChap': call(ofHost, done),

  /** One job for each host; all or none. */
  'job.start': call(JobInput, z.array(Job)),
  /** What job.start would do for each host, or why it would refuse it. Sends nothing to a BMC and stores nothing. */
  'job.preview': call(JobPreviewInput, z.array(JobPreview)),
  /** Newest first. */
  'job.list': call(z.object({ host: Name.optional() }).default({}), z.array(Job)),
  'job.get': call(byId, Job),
  'job.cancel': call(byId, Job),
  /** Does a failed or cancelled job again. */
  'job.retry': call(byId, Job),
  /** What the job asked a person to do is done. */
  'job.confirm': call(byId, Job),

  'image.list': call(none, z.array(Image)),
  'image.get': call(byName, Image),
  'image.add': call(ImageInput.extend({ dryRun }), Image),
  'image.describe': call(byName, ImageDescription),
  /** Copies an ISO of this computer into the library in the background: progress `import:<name>`, the end as `image.importResult`. */
  /** Unfinished imports, and when each is removed unless it is continued. */
  'image.partials': call(
    none,
    z.array(
      z.object({ name: z.string(), received: z.number(), size: z.number().optional(), changedAt: z.number(), expiresAt: z.number() }),
    ),
  ),
  'image.import': call(
    z.object({
      name: Name,
      path: z.string().min(1),
      bootConfigs: z.array(Name).default([]),
      /** Other bytes are refused. Checksum files next to the ISO are always checked. */
      sha256: z
        .string()
        .regex(/^[0-9a-fA-F]{64}$/, 'expected 64 hexadecimal digits')
        .optional(),
    }),
    z.object({ id: z.string(), name: Name, size: z.number() }),
  ),
  /** Waits until the import with this id is complete. Fails with the error of the import; E_NOT_FOUND for an unknown id. */
  'image.importResult': call(byId, Image),
  /** How much of an import is there already; 0 of 0 when there is none. */
  'image.importState': call(byName, z.object({ received: z.number(), size: z.number() })),
  'image.cancelImport': call(byName, done),
  'image.patch': call(mergePatch, Image),
  'image.remove': call(removal, done),

  'config.list': call(none, z.array(Config)),
  'config.get': call(byName, Config),
  'config.add': call(ConfigInput.extend({ dryRun }), Config),
  'config.patch': call(mergePatch, Config),
  'config.remove': call(removal, done),
  'config.lint': call(z.object({ format: ConfigFormat, files: z.record(z.string(), z.string().max(1_048_576)) }), z.array(LintFinding)),
  'config.render': call(
    z.object({ config: Name, host: Name, file: z.string().optional() }),
    z.object({ file: z.string(), contentType: z.string(), text: z.string() }),
  ),

  'events.history': call(
    z.object({
      host: z.string().optional(),
      mac: z.string().optional(),
      before: z.number().int().optional(),
      limit: z.number().int().min(1).max(1000).default(200),
    }),
    z.array(BenchEvent),
  ),
  'events.watch': stream(z.object({ since: z.number().int().nonnegative().optional(), host: z.string().optional() }), z.array(BenchEvent)),
  'progress.watch': stream(none, z.array(Progress)),
} as const satisfies Record<string, Call | Stream>;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
export type CallName = { [K in ProcedureName]: Procedures[K]['kind'] extends 'call' ? K : never }[ProcedureName];
export type StreamName = { [K in ProcedureName]: Procedures[K]['kind'] extends 'stream' ? K : never }[ProcedureName];
/** What a caller may write (defaults not filled in). */
export type InputOf<K extends ProcedureName> = z.input<Procedures[K]['input']>;
/** What a handler receives. */
export type ParsedInputOf<K extends ProcedureName> = z.output<Procedures[K]['input']>;
export type OutputOf<K extends ProcedureName> = z.output<Procedures[K]['output']>;
