import { BootbenchError } from '../../../contract/errors.ts';
import type { QuirkContext } from '../quirks/quirks.ts';
import { at, links, type Doc } from './json.ts';

/** On the system or its chassis; LocationIndicatorActive, or IndicatorLED of older BMCs. */
export async function identifyLed({ client, machine, signal }: QuirkContext, on: boolean): Promise<void> {
  const system = await client.get(machine.system.path, signal);
  for (const path of [machine.system.path, ...links(at(system, 'Links', 'Chassis'))]) {
    const doc = path === machine.system.path ? system : await client.find(path, signal);
    const body = doc && ledBody(doc, on);
    if (!body) continue;
    const answer = await client.patch(path, body, signal);
    if (!answer.ok) throw client.refused(answer, { what: `switch its identify LED ${on ? 'on' : 'off'}` });
    return;
  }
  throw new BootbenchError('E_BMC_UNSUPPORTED', 'The BMC shows no identify LED.');
}

function ledBody(doc: Doc, on: boolean): Doc | undefined {
  if (typeof doc.LocationIndicatorActive === 'boolean') return { LocationIndicatorActive: on };
  if (typeof doc.IndicatorLED === 'string') return { IndicatorLED: on ? 'Blinking' : 'Off' };
  return undefined;
}
