import { asSentence } from '../../../util/text.ts';
import { BootbenchError } from '../../../contract/errors.ts';

export function transcriptNotFound(host: string, id: string): BootbenchError {
  return new BootbenchError('E_NOT_FOUND', `${host} has no transcript ${id}.`);
}

export function notStored(bytes: number, reason: string): string {
  return `${bytes} bytes of output were not stored. ${asSentence(reason)}`;
}

/** Why output is not stored from now on. */
export function cannotStore(error: BootbenchError): BootbenchError {
  const reason = error.code === 'E_DISK_FULL' ? 'The disk is full.' : asSentence(error.message);
  return new BootbenchError(error.code, `Output is shown, and not stored. ${reason}`, { cause: error });
}
