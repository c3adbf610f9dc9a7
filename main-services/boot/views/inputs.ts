import * as z from 'zod';
import { BootMethod, type Config, type Host, type Interface } from '../../../contract/inventory.ts';
import { ArgumentPart } from '../../../contract/views.ts';
import type { LoaderBits } from '../../iso/bootconfig/loader-limits.ts';
import { netbootMethod } from '../decide/method.ts';
import type { ImageRef, OpenImage } from './image-library.ts';
import { injectedFor } from './injected.ts';
import { renderHost } from './render.ts';
import { tinkerbellLine, type TinkerbellSettings } from './tinkerbell-line.ts';

/** What a view was made from; stored, so that it can be made again after a restart. */
export const Inputs = z.object({
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('image'), name: z.string() }),
    z.object({ type: z.literal('url'), url: z.string(), trusted: z.boolean() }),
  ]),
  imageEtag: z.string(),
  method: BootMethod,
  /** Why that method, where a machine netboots. */
  methodReason: z.string().optional(),
  /** The complete kernel line that replaces the placeholder, in ISOs that have one. */
  line: z.string().optional(),
  /** The arguments that are added to the ISO's boot configurations, by origin. */
  parts: z.array(ArgumentPart),
  /** Files for the root of the medium. */
  inject: z.array(z.object({ name: z.string(), base64: z.base64() })),
  ignition: z.string().optional(),
  unattended: z.boolean(),
  /** Where boot menus show themselves too; absent in views of before. */
  serial: z.object({ unit: z.number().int(), speed: z.number().int() }).optional(),
  config: z.string().optional(),
  defaultFile: z.string().optional(),
  files: z.record(z.string(), z.object({ text: z.string(), contentType: z.string() })),
});
export type Inputs = z.infer<typeof Inputs>;

/** Whose view it is, of which ISO, and what goes into it. */
export interface ViewSubject {
  readonly host: Host;
  readonly iface: Interface;
  readonly ref: ImageRef;
  readonly config: Config | undefined;
  readonly bootUrl: string;
  readonly leasedIp: string | undefined;
  /** medium: the machine will see a CD or disk. netboot: it runs its script, and the image says how it continues from there. */
  readonly purpose: 'medium' | 'netboot';
  /** Of the machine's iPXE, where it netboots. */
  readonly loaderBits?: LoaderBits | undefined;
  /** Bytes of what it would read, where that is known to be more than the ISO. */
  readonly bytes?: number;
  /** Nothing of the host goes in: for clients that may not see it. */
  readonly unpatched?: boolean;
}

const NOTHING: Pick<Inputs, 'parts' | 'inject' | 'unattended' | 'files'> = { parts: [], inject: [], unattended: false, files: {} };

/** Everything that determines the bytes of a view. E_TEMPLATE_FIELD, E_BOOT_METHOD. */
export function inputsOf(subject: ViewSubject, { source, index }: OpenImage, token: string, tinkerbell: () => TinkerbellSettings): Inputs {
  const { host, iface, ref, config, bootUrl, leasedIp } = subject;
  const known = ref.type === 'image' ? ref.image : undefined;
  const image = imageName(ref);
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
  const context = { host, iface, index, image, bootUrl, token, method, deliver: host.assignment?.deliver };
  const { parts, files, ignition, unattended, serial } = injectedFor(context, rendered);
  const line = index.placeholderOffsets.length > 0 ? tinkerbellLine(iface, wordsOf(parts).join(' '), tinkerbell()) : undefined;
  const inject = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
  return { ...base, line, parts, inject, ignition, unattended, serial, ...served, files: { ...injectedTexts(files), ...served.files } };
}

export function wordsOf(parts: readonly ArgumentPart[]): string[] {
  return parts.flatMap(({ words }) => words);
}

export function imageName(ref: ImageRef): string {
  return ref.type === 'image' ? ref.image.name : nameOfUrl(ref.url);
}

/** `hook` of `https://host/path/hook.iso?x=1`; `image` where the URL has no usable name. */
function nameOfUrl(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const name = last.replace(/\.iso$/i, '').replace(/[^A-Za-z0-9._-]/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 60) : 'image';
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

/** Installers read these by URL too, under their own names: cloud-init wants user-data, whatever the config's file is called. */
function injectedTexts(files: readonly { name: string; bytes: Uint8Array }[]): Inputs['files'] {
  const texts = files.filter(({ name }) => !/\.(?:gz|xz|zst)$/i.test(name));
  return Object.fromEntries(
    texts.map(({ name, bytes }) => [name, { text: Buffer.from(bytes).toString('utf8'), contentType: 'text/plain; charset=utf-8' }]),
  );
}
