import { linkText } from './links.ts';
import { SECTOR, type ReadAt } from './records.ts';
import type { Extent } from '../source/overlay.ts';

/** What Rock Ridge (RRIP 1.12) adds to one record. */
export interface RockRidge {
  readonly name?: string;
  /** Sector of the directory that was relocated because it was too deep (CL). */
  readonly childLink?: number;
  /** The record only holds the place of a relocated directory (RE). */
  readonly relocated: boolean;
  /** The text of a symbolic link (SL). */
  readonly link?: string;
  /** The bytes are not the file's own but compressed ones (ZF of zisofs). */
  readonly compressed: boolean;
}

/** Continuation areas one record may chain: real discs use one, a loop would use all. */
const MAX_CONTINUATIONS = 16;

/** Two characters of a signature as one number: a disc has tens of thousands of them. */
const code = (signature: string) => Buffer.from(signature, 'latin1').readUInt16BE(0);
const [NM, SL, CL, RE, CE, ST, ZF] = [code('NM'), code('SL'), code('CL'), code('RE'), code('CE'), code('ST'), code('ZF')];

/** The skip length of SUSP when the root's own record announces it (SP, SUSP §5.3); undefined: no Rock Ridge here. */
export function suspSkip(systemUse: Buffer): number | undefined {
  // CD-ROM XA puts 14 bytes of its own before it on some discs.
  for (const at of [0, 14]) {
    const isSp = systemUse.length >= at + 7 && systemUse.toString('latin1', at, at + 2) === 'SP';
    if (isSp && systemUse[at + 4] === 0xbe && systemUse[at + 5] === 0xef) return systemUse[at + 6] ?? 0;
  }
  return undefined;
}

/** Reads NM, SL, CL, RE, ZF and what CE continues. Damage ends the list; it never throws for bytes of any content. */
export async function readRockRidge(systemUse: Buffer, skip: number, readAt: ReadAt): Promise<RockRidge> {
  const found = nothing();
  let next = collect(systemUse.subarray(skip), found);
  for (let count = 1; next && count < MAX_CONTINUATIONS; count += 1) next = collect(await readAt(next.offset, next.length), found);
  return named(found);
}

/** The same without waiting, for a complete record; undefined where it is continued elsewhere. */
export function ownRockRidge(systemUse: Buffer, skip: number): RockRidge | undefined {
  const found = nothing();
  return collect(systemUse.subarray(skip), found) ? undefined : named(found);
}

interface Found {
  readonly names: Buffer[];
  readonly links: Buffer[];
  childLink?: number;
  relocated: boolean;
  compressed: boolean;
}

function nothing(): Found {
  return { names: [], links: [], relocated: false, compressed: false };
}

/** Adds the entries of one area; returns its continuation. */
function collect(area: Buffer, found: Found): Extent | undefined {
  let next: Extent | undefined;
  for (let at = 0; at + 4 <= area.length;) {
    const signature = area.readUInt16BE(at);
    const end = at + (area[at + 2] ?? 0);
    if (end < at + 4 || end > area.length || signature === ST) break;
    if (signature === CE && end >= at + 28) next = continuation(area.subarray(at + 4, end));
    else take(signature, area.subarray(at + 4, end), found);
    at = end;
  }
  return next;
}

/** Adds one entry by its data, which is what follows its version. */
function take(signature: number, data: Buffer, found: Found): void {
  // Flags: 2 = this directory, 4 = its parent, which carry no name.
  if (signature === NM && data.length >= 1 && ((data[0] ?? 0) & 6) === 0) found.names.push(data.subarray(1));
  else if (signature === SL && data.length >= 1) found.links.push(data.subarray(1));
  else if (signature === CL && data.length >= 8) found.childLink = data.readUInt32LE(0);
  else if (signature === RE) found.relocated = true;
  else if (signature === ZF) found.compressed = true;
}

function named({ names, links, childLink, relocated, compressed }: Found): RockRidge {
  const link = links.length === 0 ? '' : linkText(links);
  const name = (names.length === 1 ? names[0] : Buffer.concat(names))?.toString('utf8');
  return {
    relocated,
    compressed,
    ...(childLink !== undefined && { childLink }),
    ...(name !== undefined && name !== '' && { name }),
    ...(link !== '' && { link }),
  };
}

/** A continuation stays within one sector (SUSP §5.1); anything larger is ignored. */
function continuation(data: Buffer): Extent | undefined {
  const within = data.readUInt32LE(8);
  const length = data.readUInt32LE(16);
  if (within + length > SECTOR || length === 0) return undefined;
  return { offset: data.readUInt32LE(0) * SECTOR + within, length };
}

/** The entries of a system use area itself, each with its bytes; those of its continuation are not among them. */
export function suspEntries(systemUse: Buffer, skip: number): { signature: string; bytes: Buffer }[] {
  const found: { signature: string; bytes: Buffer }[] = [];
  for (let at = skip; at + 4 <= systemUse.length;) {
    const length = systemUse[at + 2] ?? 0;
    const signature = systemUse.toString('latin1', at, at + 2);
    if (length < 4 || at + length > systemUse.length || signature === 'ST') break;
    found.push({ signature, bytes: systemUse.subarray(at, at + length) });
    at += length;
  }
  return found;
}
