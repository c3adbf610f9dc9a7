import type { ImportFolder } from './files.ts';
import { isStill } from './source.ts';
import { afterStart, type AfterStart, type ImportPlan, type ImportSource } from './state.ts';

export interface RecoveryDeps {
  readonly folder: ImportFolder;
  readonly now: number;
  readonly imageExists: boolean;
  /** Some image's source is `<name>.iso` in the library folder. */
  readonly fileInUse: boolean;
}

/** What an earlier run of Bootbench left of the import of this name, and what to do with it. */
export async function leftoverOf(name: string, deps: RecoveryDeps): Promise<{ decision: AfterStart; plan?: ImportPlan | undefined }> {
  const { folder, now, imageExists, fileInUse } = deps;
  const note = await folder.note(name);
  const source = note?.plan && sourceOf(note.plan);
  const decision = afterStart({
    plan: note?.plan,
    partial: await folder.sizeOf(folder.partialOf(name)),
    landed: note?.landing === true && (await folder.sizeOf(folder.isoOf(name))) !== undefined,
    removing: note?.removing === true,
    imageExists,
    fileInUse,
    sourceSame: source !== undefined && (await isStill(source)),
    ageMs: now - (await folder.changedAt(name)),
  });
  return { decision, plan: note?.plan };
}

/** Deletes what the decision says; `resume`, `land` and `keep` delete nothing. */
export async function cleanUp(folder: ImportFolder, name: string, decision: AfterStart): Promise<void> {
  if (decision === 'forget') await folder.removeNote(name);
  if (decision === 'remove-partial') await folder.remove(name);
  if (decision === 'remove-image-file') {
    await folder.removeIso(name);
    await folder.removeNote(name);
  }
}

/** The source of a stored plan, as if it had just been requested. */
export function sourceOf({ id, name, size, origin }: ImportPlan): ImportSource {
  return { id, name, size, origin };
}
