import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { READS } from './boot-events.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';

/**
 * Why a machine did not get as far as it should, by what was seen of it since `startedAt` and what its BMC reports now, with what its console
 * shows. E_BMC_NO_MEDIA_READ, E_JOB_TIMEOUT.
 */
export async function explainNoProgress(context: StepContext, events: readonly BenchEvent[], startedAt: number): Promise<BootbenchError> {
  const error = await reasonOf(context, events);
  const shown = consoleShows(context.deps.consoleLines(context.job.host, startedAt), events);
  if (shown === undefined) return error;
  const { code, message, next, details } = error;
  return new BootbenchError(code, `${message} ${shown}`, { next, details, cause: error });
}

/** What the console printed last; before it the last sign of a failure, where more was printed since. */
function consoleShows(lines: readonly string[], events: readonly BenchEvent[]): string | undefined {
  const failure = events.findLast(({ type, data }) => type === 'console.matched' && data.meaning === 'failed')?.data;
  const line = String(failure?.line ?? '').trim();
  const isQuoted = line === '' || lines.some((last) => last.includes(line));
  const sign = isQuoted ? [] : [sentences.consoleMatched(String(failure?.trigger), line)];
  const last = lines.length === 0 ? [] : [sentences.consoleShows(lines)];
  return sign.length + last.length === 0 ? undefined : [...sign, ...last].join(' ');
}

async function reasonOf(context: StepContext, events: readonly BenchEvent[]): Promise<BootbenchError> {
  const { host, image, method } = context.job;
  if (events.some(({ type }) => READS.has(type))) {
    const last = events.findLast(({ type }) => READS.has(type) || type === 'iso.stalled');
    return new BootbenchError('E_JOB_TIMEOUT', sentences.systemNotSeen(host, image, last));
  }
  if (method === 'virtual-media') return neverRead(context);
  return new BootbenchError('E_JOB_TIMEOUT', netbootNoProgress(host, events));
}

async function neverRead(context: StepContext): Promise<BootbenchError> {
  const { host, mediaUrl = '' } = context.job;
  const override = await context
    .machine()
    .then(({ provider }) => provider.bootOverride(context.signal))
    .catch(() => undefined);
  return sentences.neverRead(host, mediaUrl, override);
}

/** How far a netboot got tells what is in its way. Pure. */
export function netbootNoProgress(host: string, events: readonly Pick<BenchEvent, 'type' | 'message'>[]): string {
  const { netbootStuck } = sentences;
  const has = (...types: EventType[]): boolean => events.some(({ type }) => types.includes(type));
  const suspected = events.find(({ type }) => type === 'boot.secure-boot-suspected' || type === 'boot.mismatch');
  if (suspected) return netbootStuck.suspected(host, suspected.message);
  if (has('script.served', 'script.refused')) return netbootStuck.script(host);
  if (has('tftp.completed', 'bootfile.served')) return netbootStuck.bootFile(host);
  if (has('dhcp.offer', 'dhcp.ack')) return netbootStuck.address(host);
  return has('dhcp.discover', 'dhcp.ignored') ? netbootStuck.noOffer(host) : netbootStuck.nothing(host);
}
