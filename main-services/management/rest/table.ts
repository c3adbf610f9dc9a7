import type { IncomingMessage } from 'node:http';
import type { Column, RestObject } from './resource.ts';

/** Whether the client asks for a Table: `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`. */
export function wantsTable({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.accept ?? '').split(',').some((type) => /;\s*as=Table\s*(?:;|$)/.test(type) && /;\s*v=v1\s*(?:;|$)/.test(type));
}

/** Column definitions are sent with a list, and with the first event of a watch. */
export function tableOf(
  columns: readonly Column[],
  objects: readonly RestObject[],
  { resourceVersion, isFirst = true }: { resourceVersion?: string | undefined; isFirst?: boolean },
): Record<string, unknown> {
  const all = [NAME, ...columns, AGE];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: isFirst
      ? all.map((column) => ({
          name: column.name,
          type: 'string',
          // kubectl writes the kind before a name when it lists several kinds.
          format: column === NAME ? 'name' : '',
          description: '',
          priority: column.priority ?? 0,
        }))
      : [],
    rows: objects.map((object) => ({
      cells: all.map((column) => textOf(column.of(object))),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}

const NAME: Column = { name: 'Name', of: ({ metadata }) => metadata.name };
const AGE: Column = { name: 'Age', of: ({ metadata }) => ageOf(Date.now() - Date.parse(metadata.creationTimestamp)) };

/** What a cell of a table shows; empty for nothing. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** 90 s as `90s`, 200 s as `3m`, as kubectl counts: a unit once there are two of it. */
function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [unit, size] = UNITS.find(([, each]) => seconds >= 2 * each) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
