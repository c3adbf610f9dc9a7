import * as z from 'zod';
import { BmcSelfTest, UrlScheme } from '../../../contract/bmc.ts';
import {
  Assignment,
  AssignmentInput,
  Config,
  ConfigInput,
  Host,
  HostInput,
  Image,
  ImageIndex,
  ImageInput,
  Interface,
} from '../../../contract/inventory.ts';
import { ChapName, ChapSecret, HostIscsi } from '../../../contract/iscsi.ts';
import { JobInput } from '../../../contract/jobs.ts';
import { BmcAddress, IPv4, Mac, Name, Timestamp } from '../../../contract/primitives.ts';

/** The shapes of all bodies of the REST plane. The names are those of mkube's BareMetalHost, ISCSICdrom and BootConfig. */

/** An empty name means none, as templates have it. */
const OptionalName = z.union([Name, z.literal('')]);

const OptionalSecret = z.union([ChapSecret, z.literal('')]);

/** What a client may write of a host. Absent members of a PUT are removed, of a PATCH they stay. */
export const HostSpec = z.strictObject({
  /** The first interface's. */
  bootMACAddress: Mac.optional(),
  ip: IPv4.optional(),
  hostname: Interface.shape.hostname,
  /** The name of an ISCSICdrom, or `localboot`. Empty: no assignment. */
  image: OptionalName.optional(),
  bootConfigRef: OptionalName.optional(),
  mode: z.enum(['once', 'always']).optional(),
  args: AssignmentInput.shape.args,
  method: AssignmentInput.shape.method,
  deliver: AssignmentInput.shape.deliver,
  /** The config that the installed system gets from its first boot on. */
  afterConfigRef: OptionalName.optional(),
  bmc: z
    .strictObject({
      address: BmcAddress,
      username: z.string().max(64).optional(),
      /** Is never in a response. Absent or empty: the stored one stays. */
      password: z.string().max(256).optional(),
      urlScheme: UrlScheme.optional(),
      /** Written by Bootbench. */
      selfTest: BmcSelfTest.optional(),
    })
    .optional(),
  arch: HostInput.shape.arch,
  console: HostInput.shape.console,
  triggers: HostInput.shape.triggers,
  iscsi: HostIscsi.omit({ chap: true })
    .extend({
      chap: z
        .strictObject({
          username: ChapName,
          /** Is never in a response. Absent or empty: the stored one stays. */
          secret: OptionalSecret.optional(),
          reverseUsername: ChapName.optional(),
          /** As `secret`. */
          reverseSecret: OptionalSecret.optional(),
        })
        .optional(),
    })
    .strict()
    .optional(),
  localBoot: HostInput.shape.localBoot.optional(),
  vars: HostInput.shape.vars.optional(),
  interfaces: z.array(Interface.strict()).min(1).max(16).optional(),
});
export type HostSpec = z.infer<typeof HostSpec>;

export const HostStatus = z.object({
  /** The iSCSI target of its first interface. */
  targetIQN: z.string().optional(),
  facts: Host.shape.facts,
  confirmed: Host.shape.confirmed,
  otherReport: Host.shape.otherReport,
  assignment: Assignment.pick({ state: true, armedAt: true, doneAt: true, evidence: true }).optional(),
  updatedAt: Timestamp,
});

export const ImageSpec = z.strictObject({
  /** A path of this computer, a file name in the data directory's `isos` folder, or an http(s) URL. The URL's password is never in a response. */
  isoFile: z.string().min(1),
  description: z.string().max(500).optional(),
  /** Images are always read-only: `false` is refused. */
  readOnly: z.boolean().optional(),
  bootConfigs: z.array(Name).optional(),
  kind: ImageInput.shape.kind,
  args: ImageInput.shape.args,
  unpatched: ImageInput.shape.unpatched,
});
export type ImageSpec = z.infer<typeof ImageSpec>;

export const ImageStatus = ImageIndex.pick({ volumeId: true, size: true, biosBootable: true, uefiBootable: true }).extend({
  /** The iSCSI target of the unmodified ISO. */
  targetIQN: z.string(),
  profile: z.string().optional(),
  title: z.string().optional(),
  imported: z.boolean(),
  sha256: Image.shape.sha256,
  verifiedBy: Image.shape.verifiedBy,
  updatedAt: Timestamp,
});

export const ConfigSpec = z.strictObject({
  format: ConfigInput.shape.format,
  /** Text by file name. */
  data: ConfigInput.shape.files,
  defaultFile: ConfigInput.shape.defaultFile,
  description: z.string().max(500).optional(),
});
export type ConfigSpec = z.infer<typeof ConfigSpec>;

export const ConfigStatus = Config.pick({ updatedAt: true });

/** What Bootbench reads and writes of an object's metadata. Other members are not stored. */
export const ObjectMeta = z.looseObject({
  name: Name,
  namespace: z.string().optional(),
  /** Of this object: another one of the same name that is created later has another. */
  uid: z.string().optional(),
  /** RFC 3339. */
  creationTimestamp: z.string().nullish(),
  /** The number of the change that made the object what it is. In a PUT or PATCH: refuse unless it is still the current one. */
  resourceVersion: z.string().optional(),
});

const object = <K extends string, S extends z.ZodType, T extends z.ZodType>(kind: K, spec: S, status: T) =>
  z.object({ apiVersion: z.literal('v1'), kind: z.literal(kind), metadata: ObjectMeta, spec, status: status.optional() });

export const BareMetalHost = object('BareMetalHost', HostSpec, HostStatus);
export const ISCSICdrom = object('ISCSICdrom', ImageSpec, ImageStatus);
export const BootConfig = object('BootConfig', ConfigSpec, ConfigStatus);

/** The three resources, by the plural in their paths. */
export const RESOURCES = {
  baremetalhosts: { kind: 'BareMetalHost', object: BareMetalHost, spec: HostSpec },
  'iscsi-cdroms': { kind: 'ISCSICdrom', object: ISCSICdrom, spec: ImageSpec },
  bootconfigs: { kind: 'BootConfig', object: BootConfig, spec: ConfigSpec },
} as const;

/** POST /api/v1/jobs; Tinkerbell's Rufio Job is read as well (jobs.ts). */
export const JobBody = JobInput;
