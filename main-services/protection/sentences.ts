import { LIMITS, type LimitKind } from '../../contract/protection.ts';

/** What the events of limits say. */

const OTHERS = 'more clients';

/** Subject of a limit: what unknown machines fill. */
export const EVENT_LIST = 'the event list';

export const limited = (kind: LimitKind, subject: string | undefined): string =>
  `${LIMITS[kind].title}: ${subject ?? OTHERS} reached the limit. ${LIMITS[kind].why}`;
export const ended = (kind: LimitKind, subject: string | undefined, refused: number, seconds: number): string =>
  `${LIMITS[kind].title}: ${subject ?? OTHERS} is below the limit again. In ${seconds} s, ${counted(refused, LIMITS[kind].counts)} refused.`;

const counted = (count: number, [one, many]: readonly [string, string]): string => (count === 1 ? `1 ${one} was` : `${count} ${many} were`);
