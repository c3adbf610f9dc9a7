import { asSentence } from '../../../util/text.ts';
import { BootbenchError } from '../../../contract/errors.ts';

export function transcriptNotFound(host: string, id: string): BootbenchError {
  return new BootbenchError('E_NOT_FOUND', `${host} has no transcript ${id}.`);
}

export function notStored(bytes: number, reason: string): string {
  return `${bytes} bytes of output were not stored. ${asSentence(reason)}`;
}
