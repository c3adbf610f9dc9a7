import type { Machine, RedfishContext } from './machine.ts';
import { at, links, sameAs, type Doc } from './http/json.ts';
import { readSystem } from './ownership.ts';
import { isDpu, isNoHost } from './systems.ts';
import { noIdentifyLed } from './sentences.ts';

/** On the system, or on a chassis that is its own; LocationIndicatorActive, or IndicatorLED of older BMCs. */
export async function identifyLed(context: RedfishContext, on: boolean): Promise<void> {
  const { client, machine, signal } = context;
  const system = await readSystem(context);
  const foreign = machine.others.flatMap(({ doc }) => links(at(doc, 'Links', 'Chassis'))).map(sameAs);
  const chassis = links(at(system, 'Links', 'Chassis')).filter((path) => !foreign.includes(sameAs(path)));
  for (const path of [machine.system.path, ...chassis]) {
    const doc = path === machine.system.path ? system : await client.find(path, signal);
    const isOwn = path === machine.system.path || isOnlyIn(doc, machine);
    const body = doc && isOwn ? ledBody(doc, on) : undefined;
    if (!body) continue;
    const answer = await client.patch(path, body, signal);
    if (!answer.ok) throw client.refused(answer, { what: `switch its identify LED ${on ? 'on' : 'off'}` });
    return;
  }
  throw noIdentifyLed();
}

/** A chassis of several machines has one LED for all of them. */
function isOnlyIn(doc: Doc | undefined, { system, others, choice }: Machine): boolean {
  if (choice.others === 0) return true;
  const inside = [system, ...others.filter(isDpu)].map(({ path }) => sameAs(path));
  return links(at(doc, 'Links', 'ComputerSystems')).every((path) => inside.includes(sameAs(path)) || isNoHost({ path, doc: {} }));
}

function ledBody(doc: Doc, on: boolean): Doc | undefined {
  if (typeof doc.LocationIndicatorActive === 'boolean') return { LocationIndicatorActive: on };
  if (typeof doc.IndicatorLED === 'string') return { IndicatorLED: on ? 'Blinking' : 'Off' };
  return undefined;
}
