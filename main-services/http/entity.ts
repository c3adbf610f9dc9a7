import { createHash } from 'node:crypto';
import type { ByteSource } from '../iso/source/byte-source.ts';
import type { Entity } from './range.ts';

const FIRST_DAY = Date.UTC(2020, 0, 1);
const SPREAD_SECONDS = 150_000_000;

export interface SourceEntity extends Entity {
  /** Names and values in turn that every answer of the source has: always the same list. */
  readonly headers: readonly string[];
}

const known = new WeakMap<ByteSource, SourceEntity>();

/**
 * Size and validators of a source. The date is derived from the ETag: constant for the same bytes, also after a restart, and
 * different for different bytes, because some clients pin by date only.
 */
export function entityOf(source: ByteSource): SourceEntity {
  const cached = known.get(source);
  if (cached) return cached;
  const seconds = createHash('sha256').update(source.etag).digest().readUInt32BE(0) % SPREAD_SECONDS;
  const etag = `"${source.etag.replace(/[^\x21\x23-\x7e]/g, '')}"`;
  const lastModified = new Date(FIRST_DAY + seconds * 1000).toUTCString();
  const headers = ['ETag', etag, 'Last-Modified', lastModified, 'Accept-Ranges', 'bytes', 'Cache-Control', 'no-transform'];
  const entity = { size: source.size, etag, lastModified, headers };
  known.set(source, entity);
  return entity;
}
