/** Reading what a BMC sent: nothing is believed to be of the form the standard asks for. */
export type Doc = Readonly<Record<string, unknown>>;

export function record(value: unknown): Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Doc) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

export function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function texts(value: unknown): string[] {
  return list(value).filter((item) => typeof item === 'string');
}

/** The member of a path of names: `at(doc, 'Oem', 'Ami')`. */
export function at(doc: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((value, name) => record(value)[name], doc);
}

/** Where `{"@odata.id": "/redfish/v1/…"}` leads; some services write the path alone. */
export function link(value: unknown): string | undefined {
  return text(value) ?? text(record(value)['@odata.id']);
}

export function links(value: unknown): string[] {
  return list(value).flatMap((item) => link(item) ?? []);
}

/** A collection's members; DMTF's Interface Emulator nests them under Links. */
export function members(collection: unknown): string[] {
  const direct = links(record(collection).Members);
  return direct.length > 0 ? direct : links(at(collection, 'Links', 'Members'));
}

/**
 * The same resource however its links are written: as a path or a URL, in another case (HPE links to /redfish/v1/systems/1), with more
 * slashes, or with encoded letters (RFC 3986 6.2.2). A host in it does not count, as in Transport.pathOf.
 */
export function sameAs(path: string): string {
  const { pathname, search } = URL.parse(path, 'http://bmc') ?? { pathname: path, search: '' };
  return (
    decoded(pathname)
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '') + search
  ).toLowerCase();
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
