import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { asBootbenchError, BootbenchError, errnoOf, type ErrorCode } from '../../../contract/errors.ts';
import { ImageInput, type Image } from '../../../contract/inventory.ts';
import { badInput } from '../../../contract/port.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import { checksumsBeside, given, type Expected } from './checksums.ts';
import { importFolder, type ImportFolder } from './files.ts';
import { openPartial, type PartialFile } from './partial.ts';
import { givingUpFile, ownsFile, usesFile } from './removal.ts';
import { confirmed, sameBytes } from './verdict.ts';
import { importReports, type ImportReports } from './reports.ts';
import { ImportResults } from './results.ts';
import { refuseForeign, SIGNATURE_BYTES } from './signature.ts';
import { bytesOfPath, isStill, pathFeed } from './source.ts';
import { admit, afterStart, missingSpace, type ImportSource, type ImportPlan, type ImportStatus } from './state.ts';
import type { Imports, Received, StartedImport, UploadPiece } from './types.ts';
import { abortable } from '../../../util/async.ts';
import type { JsonPatch } from '../../../util/merge-patch.ts';
import type { Inventory } from '../inventory.ts';
import { untilAborted } from './body.ts';

export interface ImportDeps {
  /** `<dataDir>/isos`. */
  readonly dir: string;
  readonly inventory: Inventory;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes the library's handle of an image whose file is about to go. */
  readonly release: (image: Image) => void;
}

/** A name that is being fed or landed at this moment. */
interface Run {
  readonly name: string;
  readonly abort: AbortController;
  activity: 'receiving' | 'landing';
  plan?: ImportPlan;
  partial?: PartialFile;
  /** The first bytes were looked at and are those of an ISO. */
  looksRight?: boolean;
  /** Of all bytes, once they are there. */
  sha256?: string;
  ended: Promise<unknown>;
}

/** What the image is to get, and what its bytes are to be. */
interface Wishes {
  readonly bootConfigs: readonly string[];
  readonly expected: readonly Expected[];
}

/** A partial between two pieces: open, because its hash is not to be made anew for each piece. */
interface Parked {
  readonly plan: ImportPlan;
  readonly partial: PartialFile;
  readonly stopWaiting: () => void;
}

/** Milliseconds that a partial stays open without a piece. */
const PAUSE_AFTER_MS = 60_000;
/** What is left of these is worth nothing; of all else it can go on. */
const NOT_RESUMABLE: readonly ErrorCode[] = ['E_IMAGE_INVALID', 'E_IMAGE_CHANGED', 'E_EXISTS', 'E_CHECKSUM'];

/** The one pipeline by which ISOs come into the library's folder. */
export class LibraryImports implements Imports {
  readonly #deps: ImportDeps;
  readonly #folder: ImportFolder;
  readonly #reports: ImportReports;
  readonly #runs = new Map<string, Run>();
  readonly #parked = new Map<string, Parked>();
  readonly #results = new ImportResults();
  #startup: Promise<void> | undefined;
  #stopping = false;

  constructor(deps: ImportDeps) {
    this.#deps = deps;
    this.#folder = importFolder(deps.dir);
    this.#reports = importReports(deps.activity, deps.clock);
  }

  start(): Promise<void> {
    return (this.#startup = this.#explainAll());
  }

  async #explainAll(): Promise<void> {
    for (const name of await this.#folder.names()) {
      await this.#explain(name).catch((error: unknown) => {
        this.#deps.log.warn({ name, error }, 'what is left of an import cannot go on');
      });
    }
  }

  async fromPath({ name, path, bootConfigs, sha256 }: Parameters<Imports['fromPath']>[0]): Promise<StartedImport> {
    this.#check(name, bootConfigs);
    const feed = await pathFeed(name, resolve(path));
    const expected = [...given(sha256), ...(await checksumsBeside(resolve(path)))];
    this.#refuseKnown(name, expected);
    const { begun, ended } = this.#run(feed, { bootConfigs, expected }, (run) => this.#copy(run, feed, resolve(path)));
    ended.catch((error: unknown) => {
      this.#deps.log.debug({ name: feed.name, error }, 'an import ended');
    });
    const { id } = await begun;
    this.#results.add(id, ended);
    return { id, name: feed.name, size: feed.size };
  }

  async result(id: string, signal?: AbortSignal): Promise<Image> {
    await this.#startup;
    return abortable(this.#results.of(id), signal);
  }

  async receive(piece: UploadPiece): Promise<Received> {
    const { name, size, range, id, bootConfigs = [] } = piece;
    const expected = given(piece.sha256);
    this.#check(name, bootConfigs);
    const feed: ImportSource = { name, size, origin: { type: 'upload', id }, start: range?.start ?? 0, whole: range === undefined };
    this.#refuseKnown(name, expected);
    return this.#run(feed, { bootConfigs, expected }, (run) => this.#take(run, piece)).ended;
  }

  async state(name: string): Promise<{ received: number; size: number; id?: string | undefined }> {
    const standing = await this.#standing(name);
    if (!standing) return { received: 0, size: 0 };
    const { size, origin } = standing.plan;
    return { received: standing.received, size, ...(origin.type === 'upload' && { id: origin.id }) };
  }

  async cancel(name: string): Promise<void> {
    const cancelled = new BootbenchError('E_CANCELLED', `The import of ${name} was cancelled.`);
    const run = this.#runs.get(name);
    run?.abort.abort(cancelled);
    await run?.ended.catch(() => undefined);
    if (this.#runs.has(name)) return this.cancel(name);
    await this.#holding(name, async () => {
      if (!run && !(await this.#atRest(name))) throw new BootbenchError('E_NOT_FOUND', `Nothing is being imported as "${name}".`);
      if (this.#image(name)) throw new BootbenchError('E_EXISTS', `Image "${name}" was complete before it could be cancelled.`);
      await this.#discard(name);
    });
    this.#reports.failed(name, cancelled, false);
  }

  async removeImage(name: string): Promise<void> {
    const image = this.#deps.inventory.getImage(name);
    const remove = (): void => this.#deps.inventory.removeImage(name);
    if (this.#owns(image)) return givingUpFile({ ...this.#deps, folder: this.#folder }, image, remove);
    remove();
    this.#deps.release(image);
  }

  async patchImage(name: string, patch: JsonPatch): Promise<Image> {
    const image = this.#deps.inventory.getImage(name);
    const change = (): Promise<Image> => this.#deps.inventory.patchImage(name, patch);
    if (!('source' in patch)) return change();
    if (!this.#owns(image)) {
      const changed = await change();
      if (changed.index.etag !== image.index.etag) this.#deps.release(image);
      return changed;
    }
    return givingUpFile({ ...this.#deps, folder: this.#folder }, image, change);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const runs = [...this.#runs.values()];
    for (const { name, abort } of runs)
      abort.abort(new BootbenchError('E_CANCELLED', `Bootbench stops; the import of ${name} can go on at the next start.`));
    await Promise.allSettled(runs.map(({ ended }) => ended));
    await Promise.allSettled([...this.#parked.keys()].map(async (name) => this.#unpark(name)?.partial.close()));
  }

  #image(name: string): Image | undefined {
    return this.#deps.inventory.listImages().find((image) => image.name === name);
  }

  #fileInUse(name: string): boolean {
    return this.#deps.inventory.listImages().some((image) => usesFile(image, this.#folder.isoOf(name)));
  }

  #owns(image: Image): boolean {
    return ownsFile({ folder: this.#folder, inventory: this.#deps.inventory }, image);
  }

  /** Name and configs must be such that the image can be added once it is all there. */
  #check(name: string, bootConfigs: readonly string[]): void {
    const parsed = ImageInput.safeParse({ name, source: { type: 'file', path: this.#folder.isoOf(name) }, bootConfigs });
    if (!parsed.success) throw badInput(`image ${name}`, parsed.error.issues);
    const missing = bootConfigs.filter((config) => !this.#configs().has(config));
    if (missing.length > 0)
      throw new BootbenchError('E_CONFIG_INCOMPATIBLE', `There is no config ${missing.join(', ')} to list for image ${name}.`);
  }

  /** A copy of what is there already need not be made; what nobody told beforehand shows at the end. */
  #refuseKnown(name: string, expected: readonly Expected[]): void {
    const refusal = expected.map(({ sha256 }) => sameBytes(name, sha256, this.#deps.inventory.listImages())).find(Boolean);
    if (refusal) throw refusal;
  }

  #configs(): Set<string> {
    return new Set(this.#deps.inventory.listConfigs().map(({ name }) => name));
  }

  /** Takes the name before anything is waited for, so that two can never feed one partial. */
  #run<T>(feed: ImportSource, wishes: Wishes, work: (run: Run) => Promise<T>): { begun: Promise<ImportPlan>; ended: Promise<T> } {
    const { name } = feed;
    const busy = this.#runs.get(name);
    if (busy)
      throw new BootbenchError('E_EXISTS', `Image "${name}" is being ${busy.activity === 'landing' ? 'checked' : 'imported'} already.`);
    if (this.#stopping) throw new BootbenchError('E_CANCELLED', 'Bootbench is stopping.');
    const run: Run = { name, abort: new AbortController(), activity: 'receiving', ended: Promise.resolve() };
    this.#runs.set(name, run);
    const begun = this.#begin(run, feed, wishes);
    const ended = begun
      .then(() => work(run).catch((error: unknown) => this.#broke(run, failureOf(error, run))))
      .finally(() => this.#end(run));
    run.ended = ended;
    return { begun, ended };
  }

  /** Keeps the name from being fed while something else is done with its files. */
  async #holding(name: string, work: () => Promise<void>): Promise<void> {
    const holder: Run = { name, abort: new AbortController(), activity: 'receiving', ended: Promise.resolve() };
    this.#runs.set(name, holder);
    holder.ended = work().finally(() => this.#end(holder));
    await holder.ended;
  }

  /** Everything that can refuse the feed, before its first byte. Leaves the run with its plan and open partial. */
  async #begin(run: Run, feed: ImportSource, { bootConfigs, expected }: Wishes): Promise<ImportPlan> {
    const { name, size, origin } = feed;
    const standing = await this.#atRest(name);
    const file = (await this.#folder.sizeOf(this.#folder.isoOf(name))) !== undefined;
    const admission = admit(standing, feed, { image: this.#image(name) !== undefined, file });
    if (admission.kind === 'refused') throw new BootbenchError(admission.code, admission.message);
    await this.#checkSpace(name, size - (standing?.received ?? 0));
    const kept = admission.kind === 'continue' ? standing?.plan : undefined;
    const plan: ImportPlan = {
      ...(kept ?? { id: feed.id ?? randomUUID(), name, size, origin, startedAt: this.#deps.clock.now() }),
      bootConfigs: bootConfigs.length > 0 ? bootConfigs : (kept?.bootConfigs ?? []),
      expected: expected.length > 0 ? expected : kept?.expected,
    };
    await this.#openFor(run, plan, admission.kind === 'continue' ? admission.from : 0);
    return plan;
  }

  async #openFor(run: Run, plan: ImportPlan, from: number): Promise<void> {
    const parked = this.#unpark(plan.name);
    run.plan = plan;
    if (parked && from > 0 && parked.partial.received === from) {
      run.partial = parked.partial;
      return;
    }
    await parked?.partial.close();
    await this.#folder.writeNote(plan.name, { plan });
    run.partial = await openPartial(this.#folder.partialOf(plan.name), from, run.abort.signal);
    this.#reports.started(plan, from);
  }

  /** What lies on disk of it. A file that landed but never became an image is a whole partial again. */
  async #atRest(name: string): Promise<ImportStatus | undefined> {
    const note = await this.#folder.note(name);
    if (!note?.plan || this.#image(name)) return undefined;
    const partial = await this.#folder.sizeOf(this.#folder.partialOf(name));
    const landed = note.landing === true && partial === undefined ? await this.#folder.sizeOf(this.#folder.isoOf(name)) : undefined;
    if (landed !== undefined) await this.#folder.takeBack(name);
    const received = partial ?? landed ?? 0;
    // Longer than planned: not what we wrote.
    if (received > note.plan.size) return undefined;
    return { plan: note.plan, received, activity: 'idle' };
  }

  async #standing(name: string): Promise<ImportStatus | undefined> {
    const run = this.#runs.get(name);
    if (run?.plan && run.partial) return { plan: run.plan, received: run.partial.received, activity: run.activity };
    return run ? undefined : this.#atRest(name);
  }

  async #checkSpace(name: string, needed: number): Promise<void> {
    const others = [...this.#runs.values(), ...this.#parked.values()].reduce(
      (sum, { plan, partial }) => (plan && partial && plan.name !== name ? sum + plan.size - partial.received : sum),
      0,
    );
    const missing = missingSpace(needed, (await this.#folder.free()) - others);
    if (missing === 0) return;
    const megabytes = Math.ceil(missing / 1e6);
    throw new BootbenchError('E_DISK_FULL', `The disk of the library lacks ${megabytes} MB for image ${name}.`);
  }

  async #copy(run: Run, feed: ImportSource, path: string): Promise<Image> {
    const { plan, partial } = ready(run);
    for await (const bytes of bytesOfPath(path, partial.received, plan.size, run.abort.signal)) await this.#store(run, bytes);
    if (partial.received < plan.size || !(await isStill(feed)))
      throw new BootbenchError('E_IMAGE_CHANGED', `${path} changed while it was copied.`);
    return this.#land(run);
  }

  async #take(run: Run, { name, size, range, body }: UploadPiece): Promise<Received> {
    const { partial, plan } = ready(run);
    const end = range?.end ?? size;
    for await (const bytes of untilAborted(body, run.abort.signal)) {
      if (partial.received + bytes.length > end)
        throw new BootbenchError('E_BAD_INPUT', `The body for image ${name} is longer than its range.`);
      await this.#store(run, bytes);
    }
    if (partial.received < end)
      throw new BootbenchError(
        'E_CANCELLED',
        `The upload of ${name} stopped at byte ${partial.received} of ${size}; send the rest to go on.`,
      );
    if (end === size) await this.#land(run);
    else this.#park(plan, partial);
    return { received: end, size, imported: end === size };
  }

  async #store(run: Run, bytes: Uint8Array): Promise<void> {
    const { plan, partial } = ready(run);
    await partial.write(bytes);
    this.#reports.moved(plan, partial.received);
    if (run.looksRight === true || partial.received < Math.min(SIGNATURE_BYTES, plan.size)) return;
    await refuseForeign(await partial.head(SIGNATURE_BYTES), plan.size);
    run.looksRight = true;
  }

  /** All bytes are there: onto the disk for good, under the image's name, and into the inventory. */
  async #land(run: Run): Promise<Image> {
    const { plan, partial } = ready(run);
    const { name } = plan;
    run.activity = 'landing';
    this.#reports.checking(plan);
    const passed = await partial.finish();
    run.abort.signal.throwIfAborted();
    const verifiedBy = this.#judge(run, plan, passed.sha256);
    await partial.close();
    if ((await this.#folder.sizeOf(this.#folder.isoOf(name))) !== undefined)
      throw new BootbenchError('E_EXISTS', `A file ${name}.iso came into the library’s folder by another way.`);
    await this.#folder.writeNote(name, { plan, landing: true });
    await this.#folder.land(name);
    const bootConfigs = plan.bootConfigs.filter((config) => this.#configs().has(config));
    const source = { type: 'file', path: this.#folder.isoOf(name) } as const;
    const image = await this.#deps.inventory.addImage(ImageInput.parse({ name, source, bootConfigs }), { ...passed, verifiedBy });
    await this.#folder.removeNote(name);
    this.#end(run);
    this.#reports.imported(image);
    return image;
  }

  /** Who confirms the SHA-256, if anybody. E_CHECKSUM, E_EXISTS. */
  #judge(run: Run, plan: ImportPlan, sha256: string): string | undefined {
    run.sha256 = sha256;
    const others = [...this.#runs.values()].filter((other) => other !== run);
    const refusal = sameBytes(plan.name, sha256, [...this.#deps.inventory.listImages(), ...others]);
    if (refusal) throw refusal;
    return confirmed(plan, sha256);
  }

  /** The end of a run that did not land: keeps what can go on, tells it, and throws on. */
  async #broke(run: Run, error: BootbenchError): Promise<never> {
    const { plan, partial } = ready(run);
    const hopeless = NOT_RESUMABLE.includes(error.code);
    const interrupted = !run.abort.signal.aborted && (error.code === 'E_CANCELLED' || error.code === 'E_BAD_INPUT');
    if (interrupted && run.activity === 'receiving') this.#park(plan, partial);
    else await partial.close().catch(() => undefined);
    if (hopeless) await this.#discard(run.name);
    this.#end(run);
    if (run.abort.signal.aborted) this.#reports.quiet(run.name);
    else this.#reports.failed(run.name, error, !hopeless);
    throw error;
  }

  /** Gives the name free, before anybody hears the outcome and acts on it. */
  #end(run: Run): void {
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name);
  }

  #park(plan: ImportPlan, partial: PartialFile): void {
    const close = (): void => {
      this.#parked.delete(plan.name);
      this.#reports.quiet(plan.name);
      partial.close().catch(() => undefined);
    };
    this.#parked.set(plan.name, { plan, partial, stopWaiting: this.#deps.clock.after(PAUSE_AFTER_MS, close) });
  }

  #unpark(name: string): Parked | undefined {
    const parked = this.#parked.get(name);
    this.#parked.delete(name);
    parked?.stopWaiting();
    return parked;
  }

  /** Removes all that an import without an image left. */
  async #discard(name: string): Promise<void> {
    await this.#unpark(name)?.partial.close();
    const note = await this.#folder.note(name);
    const partial = await this.#folder.sizeOf(this.#folder.partialOf(name));
    if (note?.landing === true && partial === undefined && !this.#fileInUse(name)) await this.#folder.removeIso(name);
    await this.#folder.remove(name);
  }

  /** What an earlier run of the program left of this name, and what becomes of it. */
  async #explain(name: string): Promise<void> {
    const { log, clock } = this.#deps;
    // Fed again already: the management plane listens before this is called.
    if (this.#runs.has(name) || this.#parked.has(name)) return;
    const note = await this.#folder.note(name);
    const feed = note?.plan && feedOf(note.plan);
    const decision = afterStart({
      plan: note?.plan,
      partial: await this.#folder.sizeOf(this.#folder.partialOf(name)),
      landed: note?.landing === true && (await this.#folder.sizeOf(this.#folder.isoOf(name))) !== undefined,
      removing: note?.removing === true,
      imageExists: this.#image(name) !== undefined,
      fileInUse: this.#fileInUse(name),
      sourceSame: feed !== undefined && (await isStill(feed)),
      ageMs: clock.now() - (await this.#folder.changedAt(name)),
    });
    log.info({ name, decision }, 'found what is left of an import');
    if (decision === 'forget') await this.#folder.removeNote(name);
    if (decision === 'remove-partial') await this.#folder.remove(name);
    if (decision === 'remove-image-file') {
      await this.#folder.removeIso(name);
      await this.#folder.removeNote(name);
    }
    if (note?.plan && (decision === 'resume' || decision === 'land')) this.#resume(note.plan, decision);
  }

  #resume(plan: ImportPlan, how: 'resume' | 'land'): void {
    const { id, name, origin } = plan;
    const feed = feedOf(plan);
    const { ended } = this.#run(feed, { bootConfigs: [], expected: [] }, (run) =>
      origin.type === 'path' && how === 'resume' ? this.#copy(run, feed, origin.path) : this.#land(run),
    );
    this.#results.add(id, ended);
    ended.catch((error: unknown) => {
      this.#deps.log.warn({ name, error }, 'an import could not be resumed');
    });
  }
}

function ready({ name, plan, partial }: Run): { plan: ImportPlan; partial: PartialFile } {
  if (!plan || !partial) throw new Error(`the import of ${name} has not begun`);
  return { plan, partial };
}

function feedOf({ id, name, size, origin }: ImportPlan): ImportSource {
  return { id, name, size, origin };
}

/** The failure as a person is to read it. */
function failureOf(error: unknown, { name }: Run): BootbenchError {
  if (errnoOf(error) !== 'ENOSPC') return asBootbenchError(error);
  return new BootbenchError('E_DISK_FULL', `The disk of the library became full while image ${name} was imported; what has come is kept.`, {
    cause: error,
  });
}
