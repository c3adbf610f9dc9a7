import type { TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { BootbenchError } from '../../contract/errors.ts';
import type { Pins } from './pins.ts';

export interface PinnedOptions {
  readonly pins: Pins;
  /** `host:port`, the name of the pin. */
  readonly endpoint: string;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Called with the certificate of the first contact, which is pinned. */
  readonly onFirst?: (fingerprint: string) => void;
  /** Called with a certificate that was refused because another one is pinned. */
  readonly onOther?: (fingerprint: string) => void;
}

/**
 * An undici agent that checks the certificate of every connection before a byte of a request is sent: BMCs sign their own, so the one
 * that was seen first counts. E_BMC_CERTIFICATE has both fingerprints in its details. Node calls checkServerIdentity for no self-signed peer
 * (observed, Node 24), hence the connector; sessions are not resumed, for a resumed one shows no certificate.
 */
export function pinnedAgent(options: PinnedOptions): Agent {
  const { connectTimeout } = options;
  const base = buildConnector({
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    timeout: connectTimeout,
  });
  return new Agent({
    connections: 2,
    pipelining: 0,
    connect: (target, callback) => {
      base(target, (error, socket) => {
        const refusal = error ?? (target.protocol === 'https:' ? refusalOf(socket as TLSSocket, options) : undefined);
        if (refusal) {
          socket?.destroy();
          callback(refusal, null);
        } else if (socket) callback(null, socket);
      });
    },
  });
}

function refusalOf(socket: TLSSocket, { pins, endpoint, onFirst, onOther }: PinnedOptions): BootbenchError | undefined {
  const shown = socket.getPeerX509Certificate()?.fingerprint256;
  if (shown === undefined) return new BootbenchError('E_BMC_CERTIFICATE', `${endpoint} presents no certificate.`);
  const pinned = pins.get(endpoint);
  if (pinned === undefined) {
    pins.set(endpoint, shown);
    onFirst?.(shown);
    return undefined;
  }
  if (pinned === shown) return undefined;
  onOther?.(shown);
  return new BootbenchError('E_BMC_CERTIFICATE', `The certificate of ${endpoint} has changed from ${pinned} to ${shown}.`, {
    details: { certificate: { pinned, presented: shown } },
  });
}
