import { createHash, createHmac } from 'node:crypto';
import { asBootbenchError, BootbenchError } from '../../../contract/errors.ts';
import type { Host, Image } from '../../../contract/inventory.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { ArgumentPart } from '../../../contract/views.ts';
import type { ViewRow, ViewRows } from '../../../db/views.ts';
import { tooLarge } from '../../iso/bootconfig/loader-limits.ts';
import type { View } from '../boot.ts';
import { armingOf, isOfArming } from './arming.ts';
import type { ImageLibrary, ImageRef, OpenImage } from './image-library.ts';
import { imageName, Inputs, inputsOf, wordsOf, type ViewSubject } from './inputs.ts';
import { OpenViews } from './open-views.ts';
import { PLANNER_REVISION, planView, viewChangedError, viewOf } from './plan.ts';
import { ADD_IMAGE_AGAIN, imageRemoved, UNKNOWN_TOKEN } from './sentences.ts';
import type { TinkerbellSettings } from './tinkerbell-line.ts';

/** Views stored of each MAC besides those in use: a machine may have got a URL that it reads only later. */
const MAX_STORED_VIEWS = 8;
const MAX_OPEN_VIEWS = 256;
/** Open views for clients that are not the host: they read the ISO unmodified, and nothing of theirs is stored. */
const MAX_UNPATCHED_VIEWS = 16;
/** Since its last read, a view counts as in use for this long: a BMC keeps its medium through an installation with long pauses. */
const IN_USE_MS = 24 * 60 * 60_000;
/** As long as a real one. */
const DRAFT_TOKEN = '0'.repeat(32);

export interface ViewDeps {
  readonly rows: ViewRows;
  readonly library: ImageLibrary;
  readonly clock: Clock;
  /** Makes tokens that cannot be guessed, the same ones after a restart. */
  readonly secret: string;
  readonly findImage: (name: string) => Image;
  readonly tinkerbell: () => TinkerbellSettings;
}

/** `issue`: the host gets its URL, so it becomes its newest view. `preview`: it is only shown. */
export type ViewUse = 'issue' | 'preview';

/** Config files as they were when the view was made. */
export interface FrozenConfig {
  readonly host: string;
  readonly mac: string;
  readonly config: string | undefined;
  readonly defaultFile: string | undefined;
  readonly files: Inputs['files'];
}

/** The kernel arguments of a view, and where each of them comes from. */
export interface InjectedArguments {
  readonly line: string;
  readonly how: 'placeholder' | 'boot configurations';
  readonly parts: readonly ArgumentPart[];
}

/** Frozen views: made once from what a host has at that time, found again by token, never changed (docs/adr/0004-views-and-tokens.md). */
export class Views {
  readonly #deps: ViewDeps;
  readonly #open = new OpenViews(MAX_OPEN_VIEWS);
  /** Views that are being made: a second request for the same one waits for the first. */
  readonly #making = new Map<string, Promise<View>>();
  readonly #unpatched = new Map<string, Promise<View>>();
  /** When each view was last requested. */
  readonly #usedAt = new Map<string, number>();

  constructor(deps: ViewDeps) {
    this.#deps = deps;
  }

  /**
   * The view of a host with its settings as they are now: the same token for the same inputs. `unpatched` subjects get a view that is not
   * stored, so that other clients never push out a URL that the host got.
   */
  async make(subject: ViewSubject, use: ViewUse = 'issue'): Promise<View> {
    const view = await this.#make(subject, use);
    const { size } = view.source;
    if (view.method !== 'http-san' || size === subject.bytes || tooLarge(size, subject.loaderBits) === undefined) return view;
    // With what is added it is too large for this machine’s loader, which is known only now.
    return this.#make({ ...subject, bytes: size }, use);
  }

  /**
   * An open view needs no row: every range of an ISO comes here. E_VIEW_GONE when no such view was made for this MAC; E_VIEW_CHANGED when
   * it would have different bytes now.
   */
  async find(mac: string, token: string): Promise<View> {
    const opening = this.#open.get(token, mac) ?? this.#opening(this.#row(token, mac));
    this.#usedAt.set(token, this.#deps.clock.monotonic());
    return this.#stillOpen(token, mac, opening);
  }

  /** The same view where it is open; undefined where `find` has to open it. */
  findOpen(mac: string, token: string): View | undefined {
    const view = this.#open.ready(token, mac);
    if (!view || this.#deps.library.isClosed(view.base)) return undefined;
    this.#usedAt.set(token, this.#deps.clock.monotonic());
    return view;
  }

  /** E_VIEW_GONE. */
  config(token: string): FrozenConfig {
    const row = this.#row(token);
    const { config, defaultFile, files } = Inputs.parse(JSON.parse(row.inputs));
    return { host: row.host, mac: row.mac, config, defaultFile, files };
  }

  /** The view of a MAC that was issued last; undefined when it has none. */
  newest(mac: string): ViewRow | undefined {
    return this.#deps.rows.ofMac(mac)[0];
  }

  /** The view of a token, where it is this MAC's. */
  known(mac: string, token: string): ViewRow[] {
    const row = this.#deps.rows.get(token);
    return row?.mac === mac ? [row] : [];
  }

  setSha256(token: string, sha256: string): void {
    this.#deps.rows.setSha256(token, sha256);
  }

  /** What the view adds to the ISO: the line for its placeholder, or the arguments for its boot configurations. */
  kernelArguments(token: string): InjectedArguments | undefined {
    const { line, parts } = Inputs.parse(JSON.parse(this.#row(token).inputs));
    if (line !== undefined) return { line, how: 'placeholder', parts: [] };
    const words = wordsOf(parts);
    return words.length === 0 ? undefined : { line: words.join(' '), how: 'boot configurations', parts };
  }

  async #make(subject: ViewSubject, use: ViewUse): Promise<View> {
    const opened = await this.#deps.library.open(subject.ref);
    const draft = inputsOf(subject, opened, DRAFT_TOKEN, this.#deps.tinkerbell);
    const token = this.#token(subject, draft);
    if (subject.unpatched === true) return this.#makeUnpatched(subject, token, draft, opened);
    const known = this.#deps.rows.get(token);
    if (known) return this.#reuse(known, use, subject.host);
    const underWay = this.#making.get(token);
    if (underWay) {
      const view = await underWay;
      const row = this.#deps.rows.get(token);
      return row ? this.#reuse(row, use, subject.host) : view;
    }
    const making = this.#makeNew(subject, opened, token, use).finally(() => this.#making.delete(token));
    this.#making.set(token, making);
    return making;
  }

  async #makeNew(subject: ViewSubject, opened: OpenImage, token: string, use: ViewUse): Promise<View> {
    const { rows, tinkerbell } = this.#deps;
    const inputs = inputsOf(subject, opened, token, tinkerbell);
    const { hash } = await planView(opened, inputs);
    const row: Omit<ViewRow, 'sha256'> = {
      token,
      host: subject.host.name,
      mac: subject.iface.mac,
      image: imageName(subject.ref),
      inputs: JSON.stringify(inputs),
      planner: PLANNER_REVISION,
      hash,
      createdAt: this.#timeFor(subject.iface.mac, use),
      arming: armingOf(subject.host.assignment),
    };
    rows.add(row);
    for (const deleted of rows.prune(MAX_STORED_VIEWS, this.#inUse())) this.#open.delete(deleted);
    return this.#openRow({ ...row, sha256: null });
  }

  /** Also after each arming it is given again, so that its row says for which one it is. */
  #reuse(known: ViewRow, use: ViewUse, { assignment }: Host): Promise<View> {
    const { mac, token } = known;
    const isGiven = this.newest(mac)?.token === token && isOfArming(known, assignment);
    if (use === 'issue' && !isGiven) this.#deps.rows.giveAgain(token, this.#timeFor(mac, use), armingOf(assignment));
    return this.#openRow(known);
  }

  async #makeUnpatched({ host, iface, ref }: ViewSubject, token: string, inputs: Inputs, opened: OpenImage): Promise<View> {
    const known = await this.#unpatched.get(token);
    if (known && !this.#deps.library.isClosed(known.base)) return known;
    const row = { token, host: host.name, mac: iface.mac, image: imageName(ref) };
    const forget = (): void => {
      this.#unpatched.delete(token);
      this.#deps.library.forget(ref);
    };
    const opening = planView(opened, inputs).then((plan) => viewOf(row, inputs, opened, plan, forget));
    this.#unpatched.set(token, opening);
    const [oldest] = this.#unpatched.keys();
    if (this.#unpatched.size > MAX_UNPATCHED_VIEWS && oldest !== undefined) this.#unpatched.delete(oldest);
    opening.catch(() => this.#unpatched.delete(token));
    return opening;
  }

  /** After every other view of the MAC, also within one millisecond; before them all for a preview. */
  #timeFor(mac: string, use: ViewUse): number {
    const now = this.#deps.clock.now();
    const last = this.newest(mac)?.createdAt;
    if (last === undefined) return now;
    return use === 'issue' ? Math.max(now, last + 1) : last - 1;
  }

  #inUse(): string[] {
    const since = this.#deps.clock.monotonic() - IN_USE_MS;
    for (const [token, at] of this.#usedAt) if (at < since) this.#usedAt.delete(token);
    return [...this.#usedAt.keys()];
  }

  #row(token: string, mac?: string): ViewRow {
    const row = /^[0-9a-f]{32}$/.test(token) ? this.#deps.rows.get(token) : undefined;
    if (!row || (mac !== undefined && row.mac !== mac)) throw new BootbenchError('E_VIEW_GONE', UNKNOWN_TOKEN);
    return row;
  }

  #token({ host, iface }: ViewSubject, draft: Inputs): string {
    const inputs = createHash('sha256')
      .update(JSON.stringify([PLANNER_REVISION, host.name, iface.mac, draft]))
      .digest();
    return createHmac('sha256', this.#deps.secret).update(inputs).digest('hex').slice(0, 32);
  }

  #openRow(row: ViewRow): Promise<View> {
    return this.#stillOpen(row.token, row.mac, this.#opening(row));
  }

  /** The view, opened again where its ISO was closed in the meantime: a view never outlives its source. */
  async #stillOpen(token: string, mac: string, opening: Promise<View>): Promise<View> {
    const view = await opening;
    if (!this.#deps.library.isClosed(view.base)) return view;
    this.#open.delete(token, opening);
    return this.#opening(this.#row(token, mac));
  }

  #opening(row: ViewRow): Promise<View> {
    return this.#open.get(row.token, row.mac) ?? this.#open.add(row.token, row.mac, this.#plan(row));
  }

  async #plan(row: ViewRow): Promise<View> {
    const inputs = Inputs.parse(JSON.parse(row.inputs));
    const ref = this.#refOf(inputs);
    const opened = await this.#deps.library.open(ref);
    if (opened.source.etag !== inputs.imageEtag) throw viewChangedError(row);
    const plan = await planView(opened, inputs);
    if (plan.hash !== row.hash) throw viewChangedError(row);
    const forget = (): void => {
      this.#open.delete(row.token);
      this.#deps.library.forget(ref);
    };
    return viewOf(row, inputs, opened, plan, forget);
  }

  #refOf({ source }: Inputs): ImageRef {
    if (source.type === 'url') return source;
    try {
      return { type: 'image', image: this.#deps.findImage(source.name) };
    } catch (error) {
      if (asBootbenchError(error).code !== 'E_NOT_FOUND') throw error;
      throw new BootbenchError('E_IMAGE_GONE', imageRemoved(source.name), { next: ADD_IMAGE_AGAIN });
    }
  }
}
