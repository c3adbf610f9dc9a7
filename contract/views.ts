import * as z from 'zod';
import { BootMethod, CoverageRow, ConfigFormat } from './inventory.ts';
import { Timestamp } from './primitives.ts';

/** Where a kernel argument comes from, in the order of the command line: the kernel uses the last of a kind. */
export const ArgumentOrigin = z.enum(['profile', 'config', 'console', 'image', 'interface', 'host']);
export type ArgumentOrigin = z.infer<typeof ArgumentOrigin>;

export const ArgumentPart = z.object({
  from: ArgumentOrigin,
  /** One entry for each word, as the kernel sees it: unquoted. */
  words: z.array(z.string()),
  /** One sentence: why they are there, or why they are left out. */
  reason: z.string(),
});
export type ArgumentPart = z.infer<typeof ArgumentPart>;

/** Words for the kernel's command line. */
export const ArgumentLine = z.object({
  parts: z.array(ArgumentPart),
  /** All words, joined by blanks. */
  line: z.string(),
  /** Bytes of `line`, and how many boot loaders take with what the ISO itself says. */
  bytes: z.number().int(),
  limit: z.number().int(),
  /** Why it cannot be served as it stands; empty when it can. */
  problems: z.array(z.string()),
});
export type ArgumentLine = z.infer<typeof ArgumentLine>;

/** medium: the machine sees a CD drive or a USB stick. netboot: it boots over the network. */
export const BootWay = z.enum(['medium', 'netboot']);
export type BootWay = z.infer<typeof BootWay>;

/** What a host adds to the kernel's command line when it boots in one way. */
export const WayArguments = ArgumentLine.extend({ way: BootWay, method: BootMethod });
export type WayArguments = z.infer<typeof WayArguments>;

/** The arguments for the way that will be used, and for the other one where the machine may take that as well. */
export const FinalArguments = WayArguments.extend({ other: WayArguments.optional() });
export type FinalArguments = z.infer<typeof FinalArguments>;

/** One file of the ISO that differs in a host's view. Sizes in bytes; `offset` in bytes of the view. */
export const ReceiptFile = z.object({
  path: z.string(),
  /** iso: the ISO 9660 tree. fat: inside an El Torito boot image. udf: the UDF tree. area: a place made for it (CoreOS, Tinkerbell). */
  where: z.enum(['iso', 'fat', 'udf', 'area']),
  what: z.enum(['in place', 'relocated', 'injected', 'root relocated', 'boot image relocated']),
  offset: z.number().int(),
  before: z.number().int(),
  after: z.number().int(),
  /** Changed lines of a boot configuration. */
  changes: z.array(z.object({ line: z.number().int(), before: z.string(), after: z.string() })).optional(),
});
export type ReceiptFile = z.infer<typeof ReceiptFile>;

/** What one host's view of an ISO differs in, and whether the machine has read it. */
export const PatchReceipt = z.object({
  host: z.string(),
  mac: z.string(),
  image: z.string(),
  token: z.string(),
  url: z.string(),
  createdAt: Timestamp,
  /** Bytes of the view. */
  size: z.number().int(),
  /** The view's strong identity, made of the image and every byte of the overlay. */
  etag: z.string(),
  /** Of every byte that the machine can read; made when it is asked for. */
  sha256: z.string().optional(),
  files: z.array(ReceiptFile),
  /** What to know about this view, such as readers that stumble over it. */
  notes: z.array(z.string()),
  /** When the machine first read bytes that are its own; absent while it has not. */
  patchedReadAt: Timestamp.optional(),
  /** When it first read an injected config file from the medium. */
  configReadAt: Timestamp.optional(),
});
export type PatchReceipt = z.infer<typeof PatchReceipt>;

/** What an ISO is, and what will and will not work with it, in plain words. */
export const ImageDescription = z.object({
  profile: z.string(),
  /** "Fedora Server 43". */
  title: z.string(),
  found: z.array(z.string()),
  /** For each firmware that starts it: the boot loader, what that reads, and whether arguments reach it. */
  coverage: z.array(CoverageRow),
  methods: z.array(z.object({ method: BootMethod, works: z.boolean(), reason: z.string() })),
  configs: z.array(z.object({ format: ConfigFormat, how: z.string(), phoneHome: z.string().optional() })),
  needsInternet: z.string().optional(),
  warnings: z.array(z.string()),
});
export type ImageDescription = z.infer<typeof ImageDescription>;

/** How many pieces a read strip has. */
export const STRIP_PIECES = 128;

/** What a machine has read of its view. */
export const Reading = z.object({
  host: z.string(),
  image: z.string(),
  token: z.string(),
  ip: z.string(),
  size: z.number().int(),
  /** Distinct bytes. */
  covered: z.number().int(),
  /** Bytes per second. */
  rate: z.number().optional(),
  startedAt: Timestamp,
  lastAt: Timestamp,
  /** STRIP_PIECES equal pieces of the ISO, each with the fraction that was read. */
  strip: z.array(z.number().min(0).max(1)),
  /** Files of interest in the order of their first read. */
  files: z.array(
    z.object({
      path: z.string(),
      size: z.number().int(),
      read: z.number().int(),
      firstAt: Timestamp,
      lastAt: Timestamp,
      /** It is not as in the ISO: edited or injected for this host. */
      own: z.boolean(),
    }),
  ),
  patchedReadAt: Timestamp.optional(),
  configReadAt: Timestamp.optional(),
  /** Since when nothing was read, when that is too long after the kernel was read. */
  stalledSince: Timestamp.optional(),
});
export type Reading = z.infer<typeof Reading>;

/** One thing that a config's format does not allow, or that is probably not meant. */
export const LintFinding = z.object({
  file: z.string(),
  /** From 1. */
  line: z.number().int().positive(),
  column: z.number().int().positive().optional(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
});
export type LintFinding = z.infer<typeof LintFinding>;
