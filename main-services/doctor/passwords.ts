import { randomBytes } from 'node:crypto';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock, HostServices } from '../../contract/runtime.ts';
import { failed, passed, warned, wordsOf } from './check.ts';
import * as sentences from './sentences.ts';

/** A keyring may ask its user first. */
const TIMEOUT_S = 20;

/** Encrypts and decrypts a text as a password would be. */
export async function checkPasswords(host: Pick<HostServices, 'seal' | 'unseal'>, clock: Clock): Promise<DoctorCheck> {
  const id = 'passwords';
  const text = randomBytes(16).toString('hex');
  try {
    const sealed = await inTime(host.seal(text), clock);
    if (sealed === undefined) return warned(id, new BootbenchError('E_SECRETS_NOT_STORED', sentences.NOT_STORED));
    if ((await inTime(host.unseal(sealed), clock)) !== text) throw new Error(sentences.NOT_THE_SAME);
    return passed(id, keyOf(sealed));
  } catch (error) {
    return failed(id, new BootbenchError('E_SECRETS_NOT_STORED', sentences.sealFails(wordsOf(error)), { cause: error }));
  }
}

/** The forms of headless/secrets.ts; a desktop's keyring has neither. */
function keyOf(sealed: string): string {
  if (sealed.startsWith('k1.')) return sentences.SEALED_BY_KEY_FILE;
  return sealed.startsWith('p1.') ? sentences.SEALED_BY_PASSPHRASE : sentences.SEALED_BY_KEYRING;
}

function inTime<T>(answer: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(TIMEOUT_S * 1000, () => reject(new Error(sentences.noSealAnswer(TIMEOUT_S))));
    answer.then(resolve, reject).finally(cancel);
  });
}
