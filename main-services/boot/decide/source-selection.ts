import { BootbenchError } from '../../../contract/errors.ts';
import * as sentences from './sentences.ts';

export interface SourceInputs {
  /** `?sourceISO=` of the request: a library image's name or a URL. */
  readonly query: string | undefined;
  readonly interfaceSource: string | undefined;
  readonly assignedImage: string | undefined;
  /** `--iso-upstream-url`. */
  readonly defaultUrl: string | undefined;
  /** `--allow-source-iso`: hosts, with or without port. An empty list turns the query off. */
  readonly allowSourceIso: readonly string[];
  readonly libraryImages: readonly string[];
}

/** `trusted`: the operator wrote the URL. Otherwise it came with a request and is restricted more strictly. */
export type ChosenSource = (
  { readonly type: 'image'; readonly name: string } | { readonly type: 'url'; readonly url: string; readonly trusted: boolean }
) & { readonly reason: string };

/**
 * Which ISO a host reads: query > interface's sourceISO > assigned image > default URL. The interface's field is more specific than the
 * assignment; the default is for hosts with neither. Errors: E_NO_SOURCE, E_SOURCE_URL, E_SOURCE_FORBIDDEN (only for the query).
 */
export function selectSource(inputs: SourceInputs): ChosenSource {
  const { query, interfaceSource, assignedImage, defaultUrl } = inputs;
  if (query !== undefined) return fromQuery(query, inputs);
  if (interfaceSource !== undefined) return operatorUrl(interfaceSource, sentences.sourceOrigin.interface);
  if (assignedImage !== undefined) return { type: 'image', name: assignedImage, reason: sentences.sourceOrigin.image(assignedImage) };
  if (defaultUrl !== undefined) return operatorUrl(defaultUrl, sentences.sourceOrigin.default);
  throw new BootbenchError('E_NO_SOURCE', sentences.NO_SOURCE);
}

function fromQuery(query: string, { allowSourceIso, libraryImages }: SourceInputs): ChosenSource {
  if (allowSourceIso.length === 0)
    throw new BootbenchError('E_SOURCE_FORBIDDEN', sentences.SOURCE_ISO_DISABLED, { next: sentences.ALLOW_SOURCE_ISO });
  const reason = sentences.sourceOrigin.request;
  if (libraryImages.includes(query)) return { type: 'image', name: query, reason };
  const url = httpUrl(query, reason);
  const allowed = allowSourceIso.map((entry) => entry.trim().toLowerCase());
  if (!allowed.includes(url.host) && !allowed.includes(url.hostname))
    throw new BootbenchError('E_SOURCE_FORBIDDEN', sentences.sourceHostNotAllowed(url.host));
  return { type: 'url', url: query, trusted: false, reason };
}

function operatorUrl(text: string, reason: string): ChosenSource {
  httpUrl(text, reason);
  return { type: 'url', url: text, trusted: true, reason };
}

function httpUrl(text: string, origin: string): URL {
  const url = URL.parse(text);
  const shown = JSON.stringify(text.slice(0, 200));
  if (!url) throw new BootbenchError('E_SOURCE_URL', sentences.notAbsoluteUrl(shown, origin));
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new BootbenchError('E_SOURCE_URL', sentences.unsupportedScheme(shown, origin, url.protocol.slice(0, -1)));
  return url;
}
