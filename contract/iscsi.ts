import * as z from 'zod';
import { dashedMac, IPv4, Mac, Name, Timestamp } from './primitives.ts';

/** What all iSCSI names of Bootbench begin with (RFC 7143 §4.2.7.4). */
export const IQN_PREFIX = 'iqn.2026-11.dev.bootbench';

/** `iqn.…:<mac-with-dashes>`: the ISO as this host boots it, on the interface with this MAC. */
export function hostTargetName(mac: string): string {
  return `${IQN_PREFIX}:${dashedMac(mac)}`;
}

/** `iqn.…:image:<name>`: the unmodified ISO. */
export function imageTargetName(image: string): string {
  return `${IQN_PREFIX}:image:${image}`;
}

/** The name that a machine gives itself where its host has none. */
export function initiatorNameOf(mac: string): string {
  return `${IQN_PREFIX}:initiator:${dashedMac(mac)}`;
}

export type IscsiTarget = { readonly kind: 'host'; readonly mac: string } | { readonly kind: 'image'; readonly image: string };

/**
 * Reads a target name; undefined for one that is not Bootbench's. iSCSI names have no upper case (RFC 3722), and some initiators send
 * what they were given in lower case, so the name of an image has to be compared without regard to case.
 */
export function parseTargetName(name: string): IscsiTarget | undefined {
  const lower = name.toLowerCase();
  const rest = lower.startsWith(`${IQN_PREFIX}:`) ? name.slice(IQN_PREFIX.length + 1) : undefined;
  if (rest === undefined) return undefined;
  if (/^image:/i.test(rest)) {
    const image = Name.safeParse(rest.slice('image:'.length));
    return image.success ? { kind: 'image', image: image.data } : undefined;
  }
  const mac = /^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/i.test(rest) ? Mac.safeParse(rest.replaceAll('-', ':')) : undefined;
  return mac?.success === true ? { kind: 'host', mac: mac.data } : undefined;
}

/** An iSCSI name: iqn., eui. or naa. (RFC 7143 §4.2.7), in lower case. */
export const IscsiName = z
  .string()
  .max(223)
  .regex(
    /^(?:iqn\.\d{4}-(?:0[1-9]|1[0-2])\.[a-z0-9.-]+(?::[a-z0-9.:-]+)?|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16}(?:[0-9a-f]{16})?)$/,
    'use an iSCSI name in lower case, such as iqn.2026-11.example:server1',
  );

/** A CHAP user name, as iPXE can pass it on: printable ASCII without spaces. */
export const ChapName = z.string().regex(/^[!-~]{1,128}$/, 'use 1 to 128 printable ASCII characters without spaces');

/**
 * A CHAP secret: Windows and many HBAs accept 12 to 16 bytes only (RFC 7143 §9.2.1 asks for at least 96 bits), and a boot script has no
 * quotes.
 */
export const ChapSecret = z.string().regex(/^[!-~]{12,16}$/, 'use 12 to 16 printable ASCII characters without spaces');

/** How a host uses iSCSI. */
export const HostIscsi = z.object({
  /** How the machine sees its ISO: a CD with blocks of 2048 bytes (the default), or a read-only disk with blocks of 512 bytes. */
  device: z.enum(['cd', 'disk']).optional(),
  /** Whether iPXE keeps the network disk when the boot fails (`keep-san`), so that an installer that is started from another medium finds it. Default: no. */
  keepSan: z.boolean().optional(),
  /** The name that the machine logs in with (`initiator-iqn`). */
  initiatorName: IscsiName.optional(),
  /** Accounts of CHAP; their secrets are stored apart. Absent: no authentication. */
  chap: z
    .object({
      username: ChapName,
      /** Mutual CHAP: the name by which the target proves itself too. */
      reverseUsername: ChapName.optional(),
    })
    .optional(),
});
export type HostIscsi = z.infer<typeof HostIscsi>;

/** One account of CHAP; `mutual`: what the target proves itself with. */
export interface ChapAccount {
  readonly name: string;
  readonly secret: string;
  readonly mutual?: { readonly name: string; readonly secret: string } | undefined;
}

/** Under which names the CHAP secrets of a host are stored: the machine's, and the target's for mutual CHAP. */
export function chapSecretName(host: string): string {
  return `iscsi:${host}`;
}

export function reverseChapSecretName(host: string): string {
  return `iscsi-reverse:${host}`;
}

/** One session of an initiator. */
export const IscsiSession = z.object({
  /** Of this run of the service. */
  id: z.number().int(),
  target: z.string(),
  /** Undefined for the target of an image. */
  host: Name.optional(),
  image: Name.optional(),
  initiatorName: z.string(),
  address: IPv4,
  device: z.enum(['cd', 'disk']),
  /** Bytes of the medium that were sent. */
  bytes: z.number(),
  /** Bytes a second over the last seconds. */
  rate: z.number(),
  startedAt: Timestamp,
});
export type IscsiSession = z.infer<typeof IscsiSession>;
