import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { BootbenchError, asBootbenchError } from '../../../contract/errors.ts';
import { BootMethod, type Config, type Host, type Image, type Interface } from '../../../contract/inventory.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { ArgumentPart } from '../../../contract/views.ts';
import type { ViewRow, ViewRows } from '../../../db/views.ts';
import { tooLarge, type LoaderBits } from '../../iso/bootconfig/loader-limits.ts';
import { overlay, overlayEtag, type Extent } from '../../iso/source/overlay.ts';
import { planOverlay, type OverlayPlan } from '../../iso/planner.ts';
import type { View } from '../boot.ts';
import type { ImageLibrary, ImageRef, OpenImage } from './image-library.ts';
import { injectedFor } from './injected.ts';
import { netbootMethod } from '../decide/method.ts';
import { OpenViews } from './open-views.ts';
import { renderHost } from './render.ts';
import { tinkerbellLine, type TinkerbellSettings } from './tinkerbell-line.ts';

/** Raised when the same inputs would give other bytes; older views are then E_VIEW_CHANGED instead of other bytes. */
const PLANNER_REVISION = 4;
/** Views kept of each MAC besides those in use: a machine may have got a URL that it reads only later. */
const KEPT_VIEWS = 8;
const MAX_OPEN_VIEWS = 256;
/** Views open for askers that are not the host: they get the ISO as it is, and nothing of theirs is stored. */
const KEPT_FOR_STRANGERS = 16;
/** Milliseconds after its last read that a view counts as in use: a BMC keeps its medium through an installation with long pauses. */
const IN_USE = 24 * 60 * 60_000;

/** What a view was made from; stored, so that it can be made again after a restart. */
const Inputs = z.object({
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('image'), name: z.string() }),
    z.object({ type: z.literal('url'), url: z.string(), trusted: z.boolean() }),
  ]),
  imageEtag: z.string(),
  method: BootMethod,
  /** Why that method, where a machine netboots. */
  methodReason: z.string().optional(),
  /** The whole kernel line that replaces the placeholder, in ISOs that hold one. */
  line: z.string().optional(),
  /** The arguments that are added to the ISO's boot configurations, by origin. */
  parts: z.array(ArgumentPart),
  /** Files for the root of the medium. */
  inject: z.array(z.object({ name: z.string(), base64: z.base64() })),
  ignition: z.string().optional(),
  unattended: z.boolean(),
  config: z.string().optional(),
  defaultFile: z.string().optional(),
  files: z.record(z.string(), z.object({ text: z.string(), contentType: z.string() })),
});
type Inputs = z.infer<typeof Inputs>;

export interface ViewDeps {
  readonly rows: ViewRows;
  readonly library: ImageLibrary;
  readonly clock: Clock;
  /** Makes tokens that nobody can guess, the same ones after a restart. */
  readonly secret: string;
  readonly findImage: (name: string) => Image;
  readonly tinkerbell: () => TinkerbellSettings;
}

export interface ViewSubject {
  readonly host: Host;
  readonly iface: Interface;
  readonly ref: ImageRef;
  readonly config: Config | undefined;
  readonly bootUrl: string;
  readonly leasedIp: string | undefined;
  /** medium: the machine will see a CD or disk. netboot: it has come to its script, and the image says how it gets on from there. */
  readonly purpose: 'medium' | 'netboot';
  /** Of the iPXE that asks, where a machine netboots. */
  readonly loaderBits?: LoaderBits | undefined;
  /** Bytes of what it would read, where that is known to be more than the ISO. */
  readonly bytes?: number;
  /** Nothing of the host goes in: for askers that may not see it. */
  readonly unpatched?: boolean;
}

/** Config files as they were when the view was made. */
export interface FrozenConfig {
  readonly host: string;
  readonly mac: string;
  readonly config: string | undefined;
  readonly defaultFile: string | undefined;
  readonly files: Inputs['files'];
}

/** Frozen views: made once from what a host is told now, found again by token, never changed (DESIGN decision 3). */
export class Views {
  readonly #deps: ViewDeps;
  readonly #open = new OpenViews(MAX_OPEN_VIEWS);
  /** Views that are being made: whoever asks for the same one meanwhile gets the same answer. */
  readonly #making = new Map<string, Promise<View>>();
  readonly #forStrangers = new Map<string, Promise<View>>();
  /** When each view was last asked for. */
  readonly #usedAt = new Map<string, number>();

  constructor(deps: ViewDeps) {
    this.#deps = deps;
  }

  /**
   * The view of a host as its settings are now: the same token for the same inputs. One that is only looked at does not become the
   * newest. `unpatched` subjects get a view that is not stored, so that strangers never push out a URL that the host was given.
   */
  async make(subject: ViewSubject, how: 'given out' | 'looked at' = 'given out'): Promise<View> {
    const view = await this.#make(subject, how);
    const { size } = view.source;
    if (view.method !== 'http-san' || size === subject.bytes || tooLarge(size, subject.loaderBits) === undefined) return view;
    // With what is added it is too large for this machine’s loader, which is known only now.
    return this.#make({ ...subject, bytes: size }, how);
  }

  async #make(subject: ViewSubject, how: 'given out' | 'looked at'): Promise<View> {
    const opened = await this.#deps.library.open(subject.ref);
    const draft = this.#inputs(subject, opened, '0'.repeat(32));
    const token = this.#token(subject, draft);
    if (subject.unpatched === true) return this.#forStranger(subject, token, draft, opened);
    const known = this.#deps.rows.get(token);
    if (known) return this.#again(known, how);
    const underWay = this.#making.get(token);
    if (underWay) {
      const view = await underWay;
      const row = this.#deps.rows.get(token);
      return row ? this.#again(row, how) : view;
    }
    const making = this.#makeNew(subject, opened, token, how).finally(() => this.#making.delete(token));
    this.#making.set(token, making);
    return making;
  }

  async #makeNew(subject: ViewSubject, opened: OpenImage, token: string, how: 'given out' | 'looked at'): Promise<View> {
    const inputs = this.#inputs(subject, opened, token);
    const { hash } = await planned(opened, inputs);
    const row: Omit<ViewRow, 'sha256'> = {
      token,
      host: subject.host.name,
      mac: subject.iface.mac,
      image: imageName(subject.ref),
      inputs: JSON.stringify(inputs),
      planner: PLANNER_REVISION,
      hash,
      createdAt: this.#timeFor(subject.iface.mac, how),
    };
    this.#deps.rows.add(row);
    for (const deleted of this.#deps.rows.prune(KEPT_VIEWS, this.#inUse())) this.#open.delete(deleted);
    return this.#openRow({ ...row, sha256: null });
  }

  #again(known: ViewRow, how: 'given out' | 'looked at'): Promise<View> {
    if (how === 'given out') this.#giveAgain(known);
    return this.#openRow(known);
  }

  async #forStranger({ host, iface, ref }: ViewSubject, token: string, inputs: Inputs, opened: OpenImage): Promise<View> {
    const known = await this.#forStrangers.get(token);
    if (known && !this.#deps.library.isClosed(known.base)) return known;
    const row = { token, host: host.name, mac: iface.mac, image: imageName(ref) };
    const opening = planned(opened, inputs).then((plan) => {
      const forget = (): void => {
        this.#forStrangers.delete(token);
        this.#deps.library.forget(ref);
      };
      return viewOf(row, inputs, opened, plan, forget);
    });
    this.#forStrangers.set(token, opening);
    const [oldest] = this.#forStrangers.keys();
    if (this.#forStrangers.size > KEPT_FOR_STRANGERS && oldest !== undefined) this.#forStrangers.delete(oldest);
    opening.catch(() => this.#forStrangers.delete(token));
    return opening;
  }

  /**
   * An open view needs no row: every range of an ISO comes here. E_VIEW_GONE when no such view was made for this MAC; E_VIEW_CHANGED when
   * it would have different bytes now.
   */
  async find(mac: string, token: string): Promise<View> {
    const opening = this.#open.get(token, mac) ?? this.#opening(this.#row(token, mac));
    this.#usedAt.set(token, this.#deps.clock.now());
    const view = await opening;
    if (!this.#deps.library.isClosed(view.base)) return view;
    this.#open.delete(token, opening);
    return this.#opening(this.#row(token, mac));
  }

  config(token: string): FrozenConfig {
    const row = this.#row(token);
    const { config, defaultFile, files } = Inputs.parse(JSON.parse(row.inputs));
    return { host: row.host, mac: row.mac, config, defaultFile, files };
  }

  /** The view of a MAC that its host was given last; undefined when it has none. */
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

  /** What the view puts into the ISO: the line for its placeholder, or the arguments for its boot configurations. */
  kernelArguments(token: string): InjectedArguments | undefined {
    const { line, parts } = Inputs.parse(JSON.parse(this.#row(token).inputs));
    if (line !== undefined) return { line, how: 'placeholder', parts: [] };
    const words = wordsOf(parts);
    return words.length === 0 ? undefined : { line: words.join(' '), how: 'boot configurations', parts };
  }

  #giveAgain({ mac, token }: ViewRow): void {
    if (this.#deps.rows.ofMac(mac)[0]?.token !== token) this.#deps.rows.giveAgain(token, this.#timeFor(mac, 'given out'));
  }

  /** After every other view of the MAC, also within one millisecond; before them all for one that is only looked at. */
  #timeFor(mac: string, how: 'given out' | 'looked at'): number {
    const now = this.#deps.clock.now();
    const last = this.newest(mac)?.createdAt;
    if (last === undefined) return now;
    return how === 'given out' ? Math.max(now, last + 1) : last - 1;
  }

  #inUse(): string[] {
    const since = this.#deps.clock.now() - IN_USE;
    for (const [token, at] of this.#usedAt) if (at < since) this.#usedAt.delete(token);
    return [...this.#usedAt.keys()];
  }

  #row(token: string, mac?: string): ViewRow {
    const row = /^[0-9a-f]{32}$/.test(token) ? this.#deps.rows.get(token) : undefined;
    if (!row || (mac !== undefined && row.mac !== mac))
      throw new BootbenchError('E_VIEW_GONE', 'No boot URL with this token was given out, or it is long replaced.');
    return row;
  }

  #inputs(subject: ViewSubject, { source, index }: OpenImage, token: string): Inputs {
    const { host, iface, ref, config, bootUrl, leasedIp } = subject;
    const { assignment } = host;
    const known = ref.type === 'image' ? ref.image : undefined;
    const image = known?.name ?? nameOfUrl(ref.type === 'url' ? ref.url : '');
    const { method, reason } = methodOf(subject, image, index);
    const base = {
      source: ref.type === 'image' ? { type: 'image' as const, name: image } : { type: 'url' as const, url: ref.url, trusted: ref.trusted },
      imageEtag: source.etag,
      method,
      methodReason: reason,
    };
    if (subject.unpatched === true) return { ...base, ...NOTHING };
    const rendered = renderHost(host, iface, config, { bootUrl, image: known?.name, imageArgs: known?.args, token, leasedIp });
    const served = { config: rendered.config, defaultFile: rendered.defaultFile, files: rendered.files };
    if (known?.unpatched === true) return { ...base, ...NOTHING, ...served };
    const world = { host, iface, index, image, bootUrl, token, method, deliver: assignment?.deliver };
    const { parts, files, ignition, unattended } = injectedFor(world, rendered);
    const line = index.placeholderOffsets.length > 0 ? tinkerbellLine(iface, wordsOf(parts).join(' '), this.#deps.tinkerbell()) : undefined;
    const inject = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
    return { ...base, line, parts, inject, ignition, unattended, ...served, files: { ...injectedTexts(files), ...served.files } };
  }

  #token({ host, iface }: ViewSubject, draft: Inputs): string {
    const inputs = createHash('sha256')
      .update(JSON.stringify([PLANNER_REVISION, host.name, iface.mac, draft]))
      .digest();
    return createHmac('sha256', this.#deps.secret).update(inputs).digest('hex').slice(0, 32);
  }

  /** Opened, and opened again where its ISO was closed meanwhile: a view never outlives its source. */
  async #openRow(row: ViewRow): Promise<View> {
    const opening = this.#opening(row);
    const view = await opening;
    if (!this.#deps.library.isClosed(view.base)) return view;
    this.#open.delete(row.token, opening);
    return this.#opening(row);
  }

  #opening(row: ViewRow): Promise<View> {
    return this.#open.get(row.token, row.mac) ?? this.#open.add(row.token, row.mac, this.#plan(row));
  }

  async #plan(row: ViewRow): Promise<View> {
    const inputs = Inputs.parse(JSON.parse(row.inputs));
    const ref = this.#refOf(inputs);
    const opened = await this.#deps.library.open(ref);
    if (opened.source.etag !== inputs.imageEtag) throw changed(row);
    const plan = await planned(opened, inputs);
    if (plan.hash !== row.hash) throw changed(row);
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
      throw new BootbenchError('E_IMAGE_GONE', `Image ${source.name} was removed.`, { next: 'Add it again, or boot the machine again.' });
    }
  }
}

const NOTHING: Pick<Inputs, 'parts' | 'inject' | 'unattended' | 'files'> = { parts: [], inject: [], unattended: false, files: {} };

type Plan = OverlayPlan & { readonly hash: string };

/** The view that a plan makes; `forget` is called when its bytes are lost. */
function viewOf(
  row: Pick<View, 'token' | 'host' | 'mac' | 'image'>,
  inputs: Inputs,
  opened: OpenImage,
  plan: Plan,
  forget: () => void,
): View {
  const { token, host, mac, image } = row;
  const { kernel } = opened.index.profile ?? {};
  return {
    token,
    host,
    mac,
    image,
    source: forgetting(overlay(opened.source, plan.segments, { etag: plan.hash }), forget),
    base: opened.source,
    patched: ownExtents(plan.files),
    receipt: plan.files,
    notes: plan.notes,
    method: inputs.method,
    ...(inputs.methodReason !== undefined && { methodReason: inputs.methodReason }),
    ...(inputs.method === 'kernel' && kernel && { kernel: { ...kernel, words: wordsOf(inputs.parts) } }),
  };
}

function imageName(ref: ImageRef): string {
  return ref.type === 'image' ? ref.image.name : nameOfUrl(ref.url);
}

/** The kernel arguments of a view, and where each of them comes from. */
export interface InjectedArguments {
  readonly line: string;
  readonly how: 'placeholder' | 'boot configurations';
  readonly parts: readonly ArgumentPart[];
}

function wordsOf(parts: readonly ArgumentPart[]): string[] {
  return parts.flatMap(({ words }) => words);
}

/** By URL too, an installer asks for its own names: cloud-init for user-data, whatever the config calls it. */
function injectedTexts(files: readonly { name: string; bytes: Uint8Array }[]): Inputs['files'] {
  const texts = files.filter(({ name }) => !/\.(?:gz|xz|zst)$/i.test(name));
  return Object.fromEntries(
    texts.map(({ name, bytes }) => [name, { text: Buffer.from(bytes).toString('utf8'), contentType: 'text/plain; charset=utf-8' }]),
  );
}

function methodOf(
  { host, purpose, ref, loaderBits: bits, bytes }: ViewSubject,
  image: string,
  index: OpenImage['index'],
): { method: BootMethod; reason?: string } {
  const wanted = host.assignment?.method;
  const unpatched = ref.type === 'image' && ref.image.unpatched === true;
  return purpose === 'medium' ? { method: wanted ?? 'virtual-media' } : netbootMethod(wanted, image, index, { unpatched, bits, bytes });
}

async function planned({ source, index }: OpenImage, inputs: Inputs): Promise<Plan> {
  const { line, parts, inject, ignition, unattended } = inputs;
  const words = line === undefined ? wordsOf(parts) : [];
  const files = inject.map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }));
  const plan = await planOverlay(source, index, { line, words, files, ignition, unattended });
  return { ...plan, hash: overlayEtag(String(PLANNER_REVISION), source, plan.segments) };
}

/** Where the host's own bytes lie. Descriptors and end of the image differ too, but whoever looks at the medium reads those. */
function ownExtents(files: OverlayPlan['files']): Extent[] {
  const own = files.filter(({ what, after }) => after > 0 && what !== 'root relocated' && what !== 'boot image relocated');
  return own.map(({ offset, after }) => ({ offset, length: after })).sort((a, b) => a.offset - b.offset);
}

/** Bytes that went away or changed: the next request opens them anew, and succeeds when the disk is back. */
const LOST = new Set(['E_IMAGE_GONE', 'E_IMAGE_CHANGED', 'E_UPSTREAM_CHANGED']);

/** Has the view opened anew after its bytes were lost. */
function forgetting(source: View['source'], forget: () => void): View['source'] {
  return {
    size: source.size,
    etag: source.etag,
    async read(offset, length, signal) {
      try {
        return await source.read(offset, length, signal);
      } catch (error) {
        if (LOST.has(asBootbenchError(error).code)) forget();
        throw error;
      }
    },
    close: () => source.close(),
  };
}

function changed(row: ViewRow): BootbenchError {
  return new BootbenchError(
    'E_VIEW_CHANGED',
    `The view of ${row.image} for ${row.host} would have other bytes than when it was given out.`,
  );
}

/** `hook` of `https://host/path/hook.iso?x=1`; a plain word where the URL has none. */
function nameOfUrl(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const name = last.replace(/\.iso$/i, '').replace(/[^A-Za-z0-9._-]/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 60) : 'image';
}
