import type { Random } from '../random.ts';
import { NOT_IN_JOLIET, type Item } from './tree.ts';

interface PycdlibRequest {
  readonly request: {
    readonly do: 'make';
    readonly options: Record<string, unknown>;
    readonly entries: readonly Record<string, unknown>[];
  };
  /** What Rock Ridge shows, if the ISO has it. */
  readonly written: readonly Item[] | undefined;
}

/** A request to pycdlib-process.py: plain names are numbers, so no two are equal. */
export function pycdlibRequest(items: readonly Item[], random: Random): PycdlibRequest {
  const rockRidge = random.chance(0.6) ? random.pick(['1.09', '1.10', '1.12']) : undefined;
  const joliet = random.chance(0.5) ? random.pick([1, 2, 3]) : undefined;
  const udf = random.chance(0.4) ? '2.60' : undefined;
  const options = {
    interchange_level: random.pick([1, 2, 3, 4]),
    ...(rockRidge && { rock_ridge: rockRidge }),
    ...(joliet && { joliet }),
    ...(udf && { udf }),
  };
  const depth = rockRidge ? 12 : 7;
  const used = items.filter(
    ({ kind, path }) =>
      kind !== 'hard' && (rockRidge ?? kind !== 'link') && path.split('/').length <= depth && !(joliet && NOT_IN_JOLIET.test(path)),
  );
  const plain = new Map<string, string>([['', '']]);
  const entries = used
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
    .flatMap((item, index) => {
      const [folder, name] = split(item.path);
      const parent = plain.get(folder);
      if (parent === undefined) return [];
      const path = `${parent}/${item.kind === 'folder' ? `D${index}` : `F${index}.;1`}`;
      plain.set(item.path, path);
      return [
        {
          kind: item.kind,
          iso_path: path,
          content: item.bytes.toString('hex'),
          ...(rockRidge && { rr_name: name }),
          ...(item.kind === 'link' && { target: item.target }),
          ...(joliet && item.kind !== 'link' && { joliet_path: `/${item.path}` }),
          ...(udf && item.kind !== 'link' && { udf_path: `/${item.path}` }),
        },
      ];
    });
  return { request: { do: 'make', options, entries }, written: rockRidge ? used : undefined };
}

function split(path: string): [string, string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}
