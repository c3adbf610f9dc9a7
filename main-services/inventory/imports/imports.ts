import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { ErrorCode } from '../../../contract/error-codes.ts';
import { asBootbenchError, BootbenchError, errnoOf } from '../../../contract/errors.ts';
import { ImageInput, type Image, type WriteOptions } from '../../../contract/inventory.ts';
import { badInput } from '../../../contract/port.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import { checksumsNextTo, given, type Expected } from './checksums.ts';
import { importFolder, type ImportFolder } from './files.ts';
import { openPartial, type PartialFile } from './partial.ts';
import { finishRemoval, givingUpFile, ownsFile, usesFile } from './removal.ts';
import { confirmed, sameBytes } from './verdict.ts';
import { importReports, type ImportReports } from './reports.ts';
import { ImportResults } from './results.ts';
import { refuseForeign, SIGNATURE_BYTES } from './signature.ts';
import { bytesOfPath, isStill, pathFeed } from './source.ts';
import { admit, missingSpace, PARTIAL_MAX_AGE_MS, type ImportSource, type ImportPlan, type ImportStatus } from './state.ts';
import type { Imports, UnfinishedImport, Received, StartedImport, UploadPiece } from './types.ts';
import { abortable } from '../../../util/async.ts';
import type { JsonPatch } from '../../../util/merge-patch.ts';
import type { Inventory } from '../inventory.ts';
import { untilAborted } from './body.ts';
import { CHECK_CONFIGS, missingConfigs } from '../sentences.ts';
import { ParkedPartials } from './parked-partials.ts';
import { cleanUp, leftoverOf, sourceOf } from './recovery.ts';
import {
  bodyTooLong,
  cancelled,
  completeBeforeCancel,
  diskFilledUp,
  expired,
  fileAppeared,
  importing,
  lacksSpace,
  notImporting,
  sourceChanged,
  STOPPING,
  stoppedWithBootbench,
  uploadStopped,
} from './sentences.ts';

export interface ImportDeps {
  /** `<dataDir>/isos`. */
  readonly dir: string;
  readonly inventory: Inventory;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes the library's handle of an image whose file is about to be deleted. */
  readonly release: (image: Image) => void;
}

/** An import that is receiving bytes or landing now. */
interface Run {
  readonly name: string;
  readonly abort: AbortController;
  activity: 'receiving' | 'landing';
  plan?: ImportPlan;
  partial?: PartialFile;
  /** The first bytes are those of an ISO. */
  looksRight?: boolean;
  /** Of the complete file. */
  sha256?: string;
  ended: Promise<unknown>;
}

/** The configs that the image gets, and the SHA-256 sums that its file must have. */
interface Request {
  readonly bootConfigs: readonly string[];
  readonly expected: readonly Expected[];
}

/** How often partials are looked through. */
const EXPIRE_EVERY_MS = 3_600_000;

/** After these errors the partial file is useless; after all others the import can continue. */
const NOT_RESUMABLE: readonly ErrorCode[] = ['E_IMAGE_INVALID', 'E_IMAGE_CHANGED', 'E_EXISTS', 'E_CHECKSUM'];

/** The only way for ISOs into the library folder: local files are copied, uploads are received, in one pipeline. */
export class LibraryImports implements Imports {
  readonly #deps: ImportDeps;
  readonly #folder: ImportFolder;
  readonly #reports: ImportReports;
  readonly #runs = new Map<string, Run>();
  readonly #parked: ParkedPartials;
  readonly #results = new ImportResults();
  #startup: Promise<void> | undefined;
  #stopping = false;
  #cancelExpiry: () => void = () => undefined;

  constructor(deps: ImportDeps) {
    this.#deps = deps;
    this.#folder = importFolder(deps.dir);
    this.#reports = importReports(deps.activity, deps.clock);
    this.#parked = new ParkedPartials(deps.clock, (name) => this.#reports.remove(name));
  }

  start(): Promise<void> {
    this.#expireLater();
    return (this.#startup = this.#recoverAll());
  }

  async partials(): Promise<UnfinishedImport[]> {
    const found: UnfinishedImport[] = [];
    for (const name of await this.#folder.names()) {
      const { plan } = (await this.#folder.note(name)) ?? {};
      const received = await this.#folder.sizeOf(this.#folder.partialOf(name));
      if (received === undefined) continue;
      const changedAt = Math.round(await this.#folder.changedAt(name));
      found.push({ name, received, size: plan?.size, changedAt, expiresAt: changedAt + PARTIAL_MAX_AGE_MS });
    }
    return found;
  }

  #expireLater(): void {
    this.#cancelExpiry = this.#deps.clock.after(EXPIRE_EVERY_MS, () => {
      void this.#expireAll().finally(() => {
        if (!this.#stopping) this.#expireLater();
      });
    });
  }

  /** Removes partials that no one has continued for too long, and files of removed images that another program held. */
  async #expireAll(): Promise<void> {
    for (const name of await this.#folder.names()) {
      if ((await this.#folder.note(name))?.removing !== true || this.#runs.has(name) || this.#stopping) continue;
      await this.#holding(name, () => finishRemoval({ folder: this.#folder, inventory: this.#deps.inventory }, name)).catch(
        (error: unknown) => this.#deps.log.debug({ name, error }, 'the file of a removed image cannot be deleted yet'),
      );
    }
    for (const { name, changedAt, expiresAt } of await this.partials()) {
      // From a clock that was ahead: it waits from now on, not from a day that is still to come.
      const ahead = changedAt - this.#deps.clock.now();
      if (ahead > EXPIRE_EVERY_MS) await this.#folder.moveTime(name, -ahead).catch(() => undefined);
      if (expiresAt > this.#deps.clock.now() || this.#runs.has(name) || this.#parked.has(name) || this.#stopping) continue;
      await this.#holding(name, () => this.#folder.remove(name)).catch((error: unknown) => {
        this.#deps.log.warn({ name, error }, 'an unfinished import could not be removed');
      });
      this.#reports.failed(name, new BootbenchError('E_CANCELLED', expired(name)), false);
    }
  }

  /** The clock of this computer was set by so many milliseconds: what waits for its rest waits as long as before. */
  async clockSet(ms: number): Promise<void> {
    for (const name of await this.#folder.names()) await this.#folder.moveTime(name, ms).catch(() => undefined);
  }

  async #recoverAll(): Promise<void> {
    for (const name of await this.#folder.names()) {
      await this.#recover(name).catch((error: unknown) => {
        this.#deps.log.warn({ name, error }, 'an unfinished import could not be recovered');
      });
    }
  }

  async fromPath({ name, path, bootConfigs, sha256 }: Parameters<Imports['fromPath']>[0]): Promise<StartedImport> {
    this.#check(name, bootConfigs);
    const feed = await pathFeed(name, resolve(path));
    const expected = [...given(sha256), ...(await checksumsNextTo(resolve(path)))];
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
    const error = new BootbenchError('E_CANCELLED', cancelled(name));
    const run = this.#runs.get(name);
    run?.abort.abort(error);
    await run?.ended.catch(() => undefined);
    if (this.#runs.has(name)) return this.cancel(name);
    await this.#holding(name, async () => {
      if (!run && !(await this.#atRest(name))) throw new BootbenchError('E_NOT_FOUND', notImporting(name));
      if (this.#image(name)) throw new BootbenchError('E_EXISTS', completeBeforeCancel(name));
      await this.#discard(name);
    });
    this.#reports.failed(name, error, false);
  }

  async removeImage(name: string, options: WriteOptions = {}): Promise<void> {
    const image = this.#deps.inventory.getImage(name);
    const remove = (): void => this.#deps.inventory.removeImage(name, options);
    if (options.dryRun === true) {
      remove();
      return;
    }
    if (this.#owns(image)) return givingUpFile({ ...this.#deps, folder: this.#folder }, image, remove);
    remove();
    this.#deps.release(image);
  }

  async patchImage(name: string, patch: JsonPatch, options: WriteOptions = {}): Promise<Image> {
    const image = this.#deps.inventory.getImage(name);
    const change = (): Promise<Image> => this.#deps.inventory.patchImage(name, patch, options);
    if (!('source' in patch) || options.dryRun === true) return change();
    if (!this.#owns(image)) {
      const changed = await change();
      if (changed.index.etag !== image.index.etag) this.#deps.release(image);
      return changed;
    }
    return givingUpFile({ ...this.#deps, folder: this.#folder }, image, change);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelExpiry();
    const runs = [...this.#runs.values()];
    for (const { name, abort } of runs) abort.abort(new BootbenchError('E_CANCELLED', stoppedWithBootbench(name)));
    await Promise.allSettled(runs.map(({ ended }) => ended));
    await this.#parked.closeAll();
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

  /** Refuses a name or configs with which the complete image could not be added. E_BAD_INPUT, E_CONFIG_INCOMPATIBLE. */
  #check(name: string, bootConfigs: readonly string[]): void {
    const parsed = ImageInput.safeParse({ name, source: { type: 'file', path: this.#folder.isoOf(name) }, bootConfigs });
    if (!parsed.success) throw badInput(`image ${name}`, parsed.error.issues);
    const missing = bootConfigs.filter((config) => !this.#configs().has(config));
    if (missing.length > 0) throw new BootbenchError('E_CONFIG_INCOMPATIBLE', missingConfigs(name, missing), { next: CHECK_CONFIGS });
  }

  /** Refuses, before its first byte, an ISO that the library has already. Without a known SHA-256 that shows at the end. */
  #refuseKnown(name: string, expected: readonly Expected[]): void {
    const refusal = expected.map(({ sha256 }) => sameBytes(name, sha256, this.#deps.inventory.listImages())).find(Boolean);
    if (refusal) throw refusal;
  }

  #configs(): Set<string> {
    return new Set(this.#deps.inventory.listConfigs().map(({ name }) => name));
  }

  /** Reserves the name synchronously, so that two imports can never write to one partial. */
  #run<T>(feed: ImportSource, request: Request, work: (run: Run) => Promise<T>): { begun: Promise<ImportPlan>; ended: Promise<T> } {
    const { name } = feed;
    const busy = this.#runs.get(name);
    if (busy) throw new BootbenchError('E_EXISTS', importing(name, busy.activity));
    if (this.#stopping) throw new BootbenchError('E_CANCELLED', STOPPING);
    const run: Run = { name, abort: new AbortController(), activity: 'receiving', ended: Promise.resolve() };
    this.#runs.set(name, run);
    const begun = this.#begin(run, feed, request);
    const ended = begun
      .then(() => work(run).catch((error: unknown) => this.#broke(run, failureOf(error, run))))
      .finally(() => this.#end(run));
    run.ended = ended;
    return { begun, ended };
  }

  /** Reserves the name while something else is done with its files. */
  async #holding(name: string, work: () => Promise<void>): Promise<void> {
    const holder: Run = { name, abort: new AbortController(), activity: 'receiving', ended: Promise.resolve() };
    this.#runs.set(name, holder);
    holder.ended = work().finally(() => this.#end(holder));
    await holder.ended;
  }

  /** All refusals, before the first byte. Then the run has its plan and an open partial. */
  async #begin(run: Run, feed: ImportSource, { bootConfigs, expected }: Request): Promise<ImportPlan> {
    const { name, size, origin } = feed;
    await finishRemoval({ folder: this.#folder, inventory: this.#deps.inventory }, name);
    const standing = await this.#atRest(name);
    const file = (await this.#folder.sizeOf(this.#folder.isoOf(name))) !== undefined;
    const admission = admit(standing, feed, { image: this.#image(name) !== undefined, file });
    if (admission.kind === 'refused') throw new BootbenchError(admission.code, admission.message);
    await this.#checkSpace(name, size - (standing?.received ?? 0));
    const continued = admission.kind === 'continue' ? standing?.plan : undefined;
    const plan: ImportPlan = {
      ...(continued ?? { id: feed.id ?? randomUUID(), name, size, origin, startedAt: this.#deps.clock.now() }),
      bootConfigs: bootConfigs.length > 0 ? bootConfigs : (continued?.bootConfigs ?? []),
      expected: expected.length > 0 ? expected : continued?.expected,
    };
    await this.#openFor(run, plan, admission.kind === 'continue' ? admission.from : 0);
    return plan;
  }

  async #openFor(run: Run, plan: ImportPlan, from: number): Promise<void> {
    const parked = this.#parked.take(plan.name);
    run.plan = plan;
    if (parked && from > 0 && parked.received === from) {
      run.partial = parked;
      return;
    }
    await parked?.close();
    await this.#folder.writeNote(plan.name, { plan });
    run.partial = await openPartial(this.#folder.partialOf(plan.name), from, run.abort.signal);
    this.#reports.started(plan, from);
  }

  /** What is on disk. A file that landed but never became an image is a complete partial again. */
  async #atRest(name: string): Promise<ImportStatus | undefined> {
    const note = await this.#folder.note(name);
    if (!note?.plan || this.#image(name)) return undefined;
    const partial = await this.#folder.sizeOf(this.#folder.partialOf(name));
    const landed = note.landing === true && partial === undefined ? await this.#folder.sizeOf(this.#folder.isoOf(name)) : undefined;
    if (landed !== undefined) await this.#folder.takeBack(name);
    const received = partial ?? landed ?? 0;
    // Longer than planned: another program wrote it.
    if (received > note.plan.size) return undefined;
    return { plan: note.plan, received, activity: 'idle' };
  }

  async #standing(name: string): Promise<ImportStatus | undefined> {
    const run = this.#runs.get(name);
    if (run?.plan && run.partial) return { plan: run.plan, received: run.partial.received, activity: run.activity };
    return run ? undefined : this.#atRest(name);
  }

  async #checkSpace(name: string, needed: number): Promise<void> {
    const others = [...this.#runs.values(), ...this.#parked.list()].reduce(
      (sum, { plan, partial }) => (plan && partial && plan.name !== name ? sum + plan.size - partial.received : sum),
      0,
    );
    const missing = missingSpace(needed, (await this.#folder.free()) - others);
    if (missing === 0) return;
    throw new BootbenchError('E_DISK_FULL', lacksSpace(name, missing));
  }

  async #copy(run: Run, feed: ImportSource, path: string): Promise<Image> {
    const { plan, partial } = ready(run);
    for await (const bytes of bytesOfPath(path, partial.received, plan.size, run.abort.signal)) await this.#store(run, bytes);
    if (partial.received < plan.size || !(await isStill(feed))) throw new BootbenchError('E_IMAGE_CHANGED', sourceChanged(path));
    return this.#land(run);
  }

  async #take(run: Run, { name, size, range, body }: UploadPiece): Promise<Received> {
    const { partial, plan } = ready(run);
    const end = range?.end ?? size;
    for await (const bytes of untilAborted(body, run.abort.signal)) {
      if (partial.received + bytes.length > end) throw new BootbenchError('E_BAD_INPUT', bodyTooLong(name));
      await this.#store(run, bytes);
    }
    if (partial.received < end) throw new BootbenchError('E_CANCELLED', uploadStopped(name, partial.received, size));
    if (end === size) await this.#land(run);
    else this.#parked.park(plan, partial);
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

  /** The file is complete: moves it to the image's name, and adds the image to the inventory. */
  async #land(run: Run): Promise<Image> {
    const { plan, partial } = ready(run);
    const { name } = plan;
    run.activity = 'landing';
    this.#reports.checking(plan);
    const passed = await partial.finish();
    run.abort.signal.throwIfAborted();
    const verifiedBy = this.#judge(run, plan, passed.sha256);
    await partial.close();
    if ((await this.#folder.sizeOf(this.#folder.isoOf(name))) !== undefined) throw new BootbenchError('E_EXISTS', fileAppeared(name));
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

  /** What confirms the SHA-256, if anything. E_CHECKSUM, E_EXISTS. */
  #judge(run: Run, plan: ImportPlan, sha256: string): string | undefined {
    run.sha256 = sha256;
    const others = [...this.#runs.values()].filter((other) => other !== run);
    const refusal = sameBytes(plan.name, sha256, [...this.#deps.inventory.listImages(), ...others]);
    if (refusal) throw refusal;
    return confirmed(plan, sha256);
  }

  /** Ends a run that failed: keeps a partial that can continue, reports the failure, and throws it again. */
  async #broke(run: Run, error: BootbenchError): Promise<never> {
    const { plan, partial } = ready(run);
    const isFinal = NOT_RESUMABLE.includes(error.code);
    const interrupted = !run.abort.signal.aborted && (error.code === 'E_CANCELLED' || error.code === 'E_BAD_INPUT');
    if (interrupted && run.activity === 'receiving') this.#parked.park(plan, partial);
    else await partial.close().catch(() => undefined);
    if (isFinal) await this.#discard(run.name);
    this.#end(run);
    if (run.abort.signal.aborted) this.#reports.remove(run.name);
    else this.#reports.failed(run.name, error, !isFinal);
    throw error;
  }

  /** Releases the name, before the outcome is reported and acted on. */
  #end(run: Run): void {
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name);
  }

  /** Removes everything of an import that did not become an image. */
  async #discard(name: string): Promise<void> {
    await this.#parked.take(name)?.close();
    const note = await this.#folder.note(name);
    const partial = await this.#folder.sizeOf(this.#folder.partialOf(name));
    if (note?.landing === true && partial === undefined && !this.#fileInUse(name)) await this.#folder.removeIso(name);
    await this.#folder.remove(name);
  }

  /** Continues, keeps or removes what an earlier run of Bootbench left of this name. */
  async #recover(name: string): Promise<void> {
    // Already continued: the management plane listens before this is called.
    if (this.#runs.has(name) || this.#parked.has(name)) return;
    const image = this.#image(name);
    const { decision, plan } = await leftoverOf(name, {
      folder: this.#folder,
      now: this.#deps.clock.now(),
      imageExists: image !== undefined,
      fileInUse: this.#fileInUse(name),
    });
    this.#deps.log.info({ name, decision }, 'found an unfinished import');
    await cleanUp(this.#folder, name, decision);
    if (plan && (decision === 'resume' || decision === 'land')) this.#resume(plan, decision);
    // Bootbench ended after it had added the image and before it deleted the note.
    if (plan && image && decision === 'forget') this.#results.add(plan.id, Promise.resolve(image));
  }

  #resume(plan: ImportPlan, how: 'resume' | 'land'): void {
    const { id, name, origin } = plan;
    const feed = sourceOf(plan);
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

function failureOf(error: unknown, { name }: Run): BootbenchError {
  if (errnoOf(error) !== 'ENOSPC') return asBootbenchError(error);
  return new BootbenchError('E_DISK_FULL', diskFilledUp(name), {
    cause: error,
  });
}
