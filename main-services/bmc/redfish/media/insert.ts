import { BootbenchError } from '../../../../contract/errors.ts';
import type { Inserted } from '../../provider.ts';
import type { RedfishContext, Slot } from '../machine.ts';
import type { RedfishResponse } from '../http/response.ts';
import { UNREADABLE } from '../http/failure.ts';
import { askedFor, isImage, type InsertBody } from './insert-parameters.ts';
import { acceptedNotShown, noSlotFor, slotUnusable } from '../sentences.ts';
import { sameAs } from '../http/json.ts';
import { eject } from './eject.ts';
import { freeSlots, imageOf, reread, shown } from './slots.ts';
import { wayInto, type Way } from './ways.ts';
import { insertOwn, ownMedia } from './own-media.ts';
import { readSystem } from '../ownership.ts';
import { mentions } from '../http/problem.ts';
import { until } from '../http/timing.ts';
import { isTransient, repeat, wasNotDone } from '../http/transient.ts';

const ADDITIONS = 4;
/** Slots that accept the image and do not show it: each takes the whole time of verifying. */
const MAX_NOT_SHOWN = 2;

/**
 * The image in the first slot that takes it. Every slot is emptied before: a slot that shows the same URL from before may hold
 * nothing (ironic 1069c0f1e).
 */
export async function insert(context: RedfishContext, url: string): Promise<Inserted> {
  await readSystem(context);
  await context.machine.quirks.prepareMedia?.(context);
  const own = await ownMedia(context);
  if (own) return insertOwn(context, own, url);
  const slots = await freeSlots(context);
  for (const slot of slots) await eject(context, slot).catch(unlessCancelled);
  const failed: Failed[] = [];
  for (const slot of slots) {
    const outcome = await insertInto(context, slot, url);
    if (!('reason' in outcome)) return outcome;
    failed.push(outcome);
    // Another slot reads by the same way.
    if (outcome.reason === 'unreadable' || failed.filter(({ reason: why }) => why === 'not-shown').length >= MAX_NOT_SHOWN) break;
  }
  throw withHint(mostTelling(failed) ?? noSlotFor(url), context, url);
}

/** Why a slot did not take the image, what tells most last. */
const REASONS = ['refused', 'unsupported', 'not-shown', 'unreadable'] as const;

interface Failed {
  readonly reason: (typeof REASONS)[number];
  readonly error: BootbenchError;
}

function mostTelling(failed: readonly Failed[]): BootbenchError | undefined {
  const weight = ({ reason: why }: Failed): number => REASONS.indexOf(why);
  return failed.reduce<Failed | undefined>((best, one) => (best && weight(best) >= weight(one) ? best : one), undefined)?.error;
}

function withHint(error: BootbenchError, { machine }: RedfishContext, url: string): BootbenchError {
  const hint = error.code === 'E_BMC_REFUSED' || error.code === 'E_BMC_TIMEOUT' ? machine.quirks.mediaHint?.(machine, url) : undefined;
  return hint === undefined ? error : new BootbenchError(error.code, `${error.message} ${hint}`, { cause: error });
}

async function insertInto(context: RedfishContext, given: Slot, url: string): Promise<Inserted | Failed> {
  const { client, machine, signal } = context;
  const slot = (await reread(client, given, signal)) ?? given;
  const way = await wayInto(context, slot, url);
  if (way.kind === 'none')
    return {
      reason: 'unsupported',
      error: slotUnusable(slot.id, way.reason, slot.path),
    };
  const attempt = way.kind === 'patch' ? await byPatch(context, slot, url) : await byAction(context, way, url);
  if (!attempt.ok) {
    const asked = { what: `insert ${url} into slot ${slot.id}`, image: url, licence: machine.quirks.licence };
    return { reason: mentions(attempt.messages, UNREADABLE) ? 'unreadable' : 'refused', error: client.refused(attempt, asked) };
  }
  return verified(context, slot, url, way.kind);
}

/** A success code says little (python-redfish-utility#1): the slot has to show the image. */
async function verified(context: RedfishContext, slot: Slot, url: string, how: Inserted['how']): Promise<Inserted | Failed> {
  const { client, signal, inserted } = context;
  const { verify: within, poll: every } = client.timing.media;
  const shows = async (): Promise<Slot | undefined> => {
    const now = await reread(client, slot, signal);
    // Inserted is optional: only `false` says that it is not in.
    return now && now.doc.Inserted !== false && isImage(now.doc, url) ? now : undefined;
  };
  const found = await until(client.clock, { within, every }, shows, signal);
  if (found) {
    inserted.add(sameAs(found.path));
    return { slot: shown(found, context), how };
  }
  const now = await reread(client, slot, signal);
  const image = now && imageOf(now.doc);
  await eject(context, slot).catch(unlessCancelled);
  return { reason: 'not-shown', error: acceptedNotShown(url, within, `its slot ${slot.id}`, image) };
}

/** The image alone at first: X11, X12, SYS-E300-D9 and iLO 4 refuse even the standard's other parameters (bmclib#398). */
async function byAction(
  context: RedfishContext,
  { target, body: least }: Extract<Way, { kind: 'action' }>,
  url: string,
): Promise<RedfishResponse> {
  const { client, signal } = context;
  let body: InsertBody = least;
  for (let added = 0; ; added += 1) {
    const answer = await patientInsert(context, () => client.post(target, body, signal));
    const more = answer.ok || added >= ADDITIONS ? undefined : askedFor(answer.messages, body, url);
    if (!more || mentions(answer.messages, UNREADABLE)) return answer;
    body = more;
  }
}

/** No action: the slot itself is changed. Lenovo needs Inserted (gofish#529, bmclib#437); iLO 4 knows Image only. */
async function byPatch(context: RedfishContext, { path }: Slot, url: string): Promise<RedfishResponse> {
  const { client, signal } = context;
  const bodies: InsertBody[] = [{ Image: url, Inserted: true, WriteProtected: true }, { Image: url, Inserted: true }, { Image: url }];
  let last: RedfishResponse | undefined;
  for (let body = bodies.shift(); body; body = bodies.shift()) {
    const sent = body;
    const answer = await patientInsert(context, () => client.patch(path, sent, signal));
    // A later, shorter body fails for what it lacks: the first refusal is the one to tell.
    last = last === undefined || answer.ok ? answer : last;
    if (answer.ok || [401, 403, 404, 405].includes(answer.status)) break;
    const more = askedFor(answer.messages, sent, url);
    if (more) bodies.unshift(more);
  }
  return last ?? client.look(path, signal);
}

/** Twice does no harm: the slot is read back. */
function patientInsert({ client, signal }: RedfishContext, attempt: () => Promise<RedfishResponse>): Promise<RedfishResponse> {
  return repeat(client, client.timing.retries.busyChange, attempt, (answer) => isTransient(answer) && !wasNotDone(answer), signal);
}

export function unlessCancelled(error: unknown): void {
  if (error instanceof BootbenchError && error.code === 'E_CANCELLED') throw error;
}
