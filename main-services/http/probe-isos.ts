import { randomBytes } from 'node:crypto';
import type { UrlScheme } from '../../contract/bmc.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';

/** One request for a probe's ISO. */
export interface ProbeRequest {
  readonly ip: string;
  readonly scheme: UrlScheme;
  readonly method: string;
  /** The Range header. */
  readonly range: string | undefined;
  readonly userAgent: string;
}

/** Unassigned ISOs, served while a self-test watches who reads them and how. */
export interface ProbeIsos {
  /** `token` is for the URL, where a view's would be. */
  open(source: ByteSource, seen: (request: ProbeRequest) => void): { readonly token: string; close(): void };
  of(token: string): { readonly source: ByteSource; seen(request: ProbeRequest): void } | undefined;
}

export function probeIsos(): ProbeIsos {
  const opened = new Map<string, { readonly source: ByteSource; seen(request: ProbeRequest): void }>();
  return {
    open(source, seen) {
      const token = randomBytes(16).toString('hex');
      opened.set(token, { source, seen });
      return { token, close: () => void opened.delete(token) };
    },
    of: (token) => opened.get(token),
  };
}
