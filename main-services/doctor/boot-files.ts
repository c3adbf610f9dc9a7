import { open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BootFileStatus } from '../../contract/appliance.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import { silentLog } from '../../contract/runtime.ts';
import { openBootFileCatalogue, type BootFileCatalogue } from '../boot/files/boot-files.ts';
import { failed, passed, warned, wordsOf } from './check.ts';
import * as sentences from './sentences.ts';

/** Reads the start of every boot file from its real path, by which the services read them at an offset. */
export async function checkBootFiles(
  folder: string,
  catalogue: BootFileCatalogue = openBootFileCatalogue({ dir: folder, log: silentLog }),
): Promise<DoctorCheck> {
  const id = 'boot-files';
  const files = await catalogue.status();
  const problems = await Promise.all(files.map(({ name, path = join(folder, name) }) => unreadable(path)));
  const broken = files.flatMap(({ name }, at) => (problems[at] === undefined ? [] : [`${name} (${problems[at]})`]));
  if (broken.length > 0) {
    const next = sentences.MAKE_READABLE;
    return failed(id, new BootbenchError('E_FILE_UNREADABLE', sentences.bootFilesUnreadable(broken.join(', ')), { next }));
  }
  const missing = files.filter(({ present }) => !present);
  const [first] = files.filter(({ present }) => present);
  if (!first) return failed(id, missingError(missing, folder));
  if (missing.length > 0) return warned(id, missingError(missing, folder));
  return passed(
    id,
    sentences.bootFilesRead(
      files.length,
      await realpath(first.path === undefined ? folder : dirname(first.path)),
      sentences.bootFile(first.name, sentences.size(first.size ?? 0), first.from),
    ),
  );
}

/** Why the file cannot be read; undefined where it can, or is missing. */
async function unreadable(path: string): Promise<string | undefined> {
  try {
    const file = await open(await realpath(path), 'r');
    try {
      const { bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
      return bytesRead === 512 ? undefined : `${bytesRead} bytes`;
    } finally {
      await file.close();
    }
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : wordsOf(error);
  }
}

function missingError(missing: readonly BootFileStatus[], folder: string): BootbenchError {
  const names = missing.map(({ name }) => name).join(', ');
  return new BootbenchError('E_BOOT_FILE_MISSING', sentences.bootFilesMissing(names, folder, missing.map(({ cost }) => cost).join(' ')));
}
