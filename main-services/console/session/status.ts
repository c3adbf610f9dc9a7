import { parseConsoleUrl } from '../../../contract/console-url.ts';
import type { ConsoleStatus } from '../../../contract/console.ts';
import { withoutUndefined } from '../../../util/text.ts';
import type { LinkState } from './link-state.ts';
import { connected, connecting, NOT_NEEDED, NOT_YET_OPEN } from './sentences.ts';
import { occupiesBmc } from './wanted.ts';

type Rest = Omit<ConsoleStatus, 'state' | 'message' | 'error' | 'retryAt' | 'baud' | 'canBreak'>;

/** The status of a console from the state of its link. */
export function statusOf(link: LinkState, rest: Rest): ConsoleStatus {
  const status = { ...rest, state: link.state, message: linkMessage(link, rest.url), canBreak: false };
  if (link.state === 'open') {
    const { baud, canBreak } = link.transport;
    return { ...status, canBreak, ...(baud !== undefined && { baud }) };
  }
  if (link.state !== 'waiting' && link.state !== 'failed') return status;
  const { code, message, next, details } = link.error;
  const error = { code, message, next, ...withoutUndefined({ command: details?.command, hostKey: details?.hostKey }) };
  return { ...status, error, ...(link.state === 'waiting' && { retryAt: link.retryAt }) };
}

export function linkMessage(link: LinkState, url: string): string {
  switch (link.state) {
    case 'closed':
      return occupiesBmc(parseConsoleUrl(url).kind) ? NOT_NEEDED : NOT_YET_OPEN;
    case 'opening':
      return connecting(url);
    case 'open':
      return connected(link.transport.description);
    case 'waiting':
    case 'failed':
      return link.error.message;
  }
}
