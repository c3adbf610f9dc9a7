import { BootbenchError } from '../../../contract/errors.ts';

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

/** `trusted`: the operator wrote the URL. Otherwise it came with a request and is guarded more strictly. */
export type ChosenSource = (
  { readonly type: 'image'; readonly name: string } | { readonly type: 'url'; readonly url: string; readonly trusted: boolean }
) & { readonly reason: string };

/**
 * Which ISO a host reads: query > interface's sourceISO > assigned image > default URL. The seeds know query > hardware >
 * default; the assignment stands below the interface's field, which is the more special word, and above the default,
 * which is for hosts without either. Errors: E_NO_SOURCE, E_SOURCE_URL, E_SOURCE_FORBIDDEN (only for the query).
 */
export function selectSource(inputs: SourceInputs): ChosenSource {
  const { query, interfaceSource, assignedImage, defaultUrl } = inputs;
  if (query !== undefined) return fromQuery(query, inputs);
  if (interfaceSource !== undefined) return operatorUrl(interfaceSource, 'the interface’s sourceISO');
  if (assignedImage !== undefined) return { type: 'image', name: assignedImage, reason: `assigned image ${assignedImage}` };
  if (defaultUrl !== undefined) return operatorUrl(defaultUrl, 'the default, --iso-upstream-url');
  throw new BootbenchError('E_NO_SOURCE', 'No image is assigned, the interface has no sourceISO, and there is no default URL.');
}

function fromQuery(query: string, { allowSourceIso, libraryImages }: SourceInputs): ChosenSource {
  if (allowSourceIso.length === 0) {
    throw new BootbenchError(
      'E_SOURCE_FORBIDDEN',
      'The request names a sourceISO, which is off because it would let anybody read through us.',
      {
        next: 'Start with --allow-source-iso HOST to allow library images and that host, or set the interface’s sourceISO.',
      },
    );
  }
  const reason = 'sourceISO of the request';
  if (libraryImages.includes(query)) return { type: 'image', name: query, reason };
  const url = httpUrl(query, reason);
  const allowed = allowSourceIso.map((entry) => entry.trim().toLowerCase());
  if (!allowed.includes(url.host) && !allowed.includes(url.hostname)) {
    throw new BootbenchError('E_SOURCE_FORBIDDEN', `The request names an ISO at ${url.host}, which is not in --allow-source-iso.`);
  }
  return { type: 'url', url: query, trusted: false, reason };
}

function operatorUrl(text: string, reason: string): ChosenSource {
  httpUrl(text, reason);
  return { type: 'url', url: text, trusted: true, reason };
}

function httpUrl(text: string, where: string): URL {
  const url = URL.parse(text);
  const shown = JSON.stringify(text.slice(0, 200));
  if (!url) throw new BootbenchError('E_SOURCE_URL', `${shown} (${where}) is not an absolute URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new BootbenchError('E_SOURCE_URL', `${shown} (${where}) is ${url.protocol.slice(0, -1)}; only http and https are read.`);
  }
  return url;
}
