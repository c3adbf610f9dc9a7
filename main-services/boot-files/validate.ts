import { machineOf, type BootFileEntry } from './catalogue.ts';
import { factsOf } from './facts.ts';
import * as sentences from './sentences.ts';

/** Why bytes cannot be this boot file: another format or machine; undefined when they can. Pure. */
export function unfit(file: Pick<BootFileEntry, 'architecture'>, bytes: Uint8Array): string | undefined {
  const wanted = machineOf(file);
  const { format, machine } = factsOf(bytes);
  if (format === 'unknown') return sentences.notABootFile(bytes);
  return machine === wanted ? undefined : sentences.otherMachine(machine, wanted);
}
