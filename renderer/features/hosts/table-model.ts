import {
  columnFilteringFeature,
  createFilteredRowModel,
  createSortedRowModel,
  createColumnHelper,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Host, Image } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import { imageWords } from '../../model/assignment.ts';
import { compareNames } from '../../model/names.ts';
import { hostStatus, needsYou, type Filter, type HostStatus } from './host-status.ts';
import { COLUMNS, STATUS_LABELS } from './labels.ts';

/** One host with what the table sorts and filters by. */
export interface HostRow {
  readonly host: Host;
  readonly last: BenchEvent | undefined;
  readonly moving: boolean;
  readonly status: HostStatus;
  /** The filters that it passes. */
  readonly passes: readonly Filter[];
}

export interface RowSources {
  readonly hosts: ByName<Host>;
  readonly images: ByName<Image>;
  readonly lastEvents: ByName<BenchEvent>;
  /** Names and MACs of machines that read now. */
  readonly moving: ReadonlySet<string>;
}

/** Builds rows; a host that did not change keeps its row object, so that it is not drawn again. */
export function rowBuilder(): (sources: RowSources) => HostRow[] {
  let before = new Map<string, HostRow>();
  return (sources) => {
    const rows = Object.values(sources.hosts).map((host) => {
      const fresh = rowOf(host, sources);
      const known = before.get(host.name);
      return known && sameRow(known, fresh) ? known : fresh;
    });
    before = new Map(rows.map((row) => [row.host.name, row]));
    return rows;
  };
}

function rowOf(host: Host, { images, lastEvents, moving }: RowSources): HostRow {
  const last = lastEvents[host.name];
  const moves = moving.size > 0 && (moving.has(host.name) || host.interfaces.some(({ mac }) => moving.has(mac)));
  const status = hostStatus(host, moves);
  const needs = !moves && needsYou(host, images, last);
  const passes: Filter[] = ['all'];
  if (status === 'armed' || status === 'done') passes.push(status);
  if (moves) passes.push('working');
  if (needs) passes.push('needs-you');
  return { host, last, moving: moves, status: needs ? 'needs-you' : status, passes };
}

function sameRow(a: HostRow, b: HostRow): boolean {
  return a.host === b.host && a.last === b.last && a.moving === b.moving && a.status === b.status;
}

export const features = tableFeatures({
  columnFilteringFeature,
  rowSortingFeature,
  rowSelectionFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});

const column = createColumnHelper<typeof features, HostRow>();

/** The columns that are drawn, and two that are only filtered by. */
export const columns = column.columns([
  column.accessor(({ host }) => host.name, {
    id: 'name',
    header: COLUMNS.name,
    sortFn: (a, b) => compareNames(a.original.host.name, b.original.host.name),
  }),
  column.accessor(({ host }) => host.interfaces[0]?.mac ?? '', { id: 'mac', header: COLUMNS.mac, sortFn: byText }),
  column.accessor(({ host }) => (host.assignment ? imageWords(host.assignment.image) : ''), {
    id: 'image',
    header: COLUMNS.image,
    sortFn: byText,
  }),
  column.accessor(({ host }) => host.assignment?.config ?? '', { id: 'config', header: COLUMNS.config, sortFn: byText }),
  column.accessor(({ host }) => host.bmc?.address ?? '', { id: 'power', header: COLUMNS.power, sortFn: byText }),
  column.accessor(({ last }) => last?.seq ?? 0, {
    id: 'last',
    header: COLUMNS.last,
    sortDescFirst: true,
    sortFn: (a, b) => rank(a.original) - rank(b.original),
  }),
  column.accessor((row) => haystack(row), {
    id: 'search',
    filterFn: (row, id, sought: string) => {
      const text = row.getValue<string>(id);
      return sought.split(' ').every((word) => text.includes(word));
    },
  }),
  column.accessor(({ passes }) => passes, {
    id: 'filter',
    filterFn: (row, _id, filter: Filter) => row.original.passes.includes(filter),
  }),
]);

export const DRAWN = ['name', 'mac', 'image', 'config', 'power', 'last'] as const;

interface Compared {
  getValue(id: string): unknown;
}

function byText(a: Compared, b: Compared, id: string): number {
  return compareNames(String(a.getValue(id)), String(b.getValue(id)));
}

/** What moves now counts as newer than anything that was. */
function rank({ moving, last }: HostRow): number {
  return moving ? Number.MAX_SAFE_INTEGER : (last?.seq ?? 0);
}

/** All that a host may be found by, in lower case. */
export function haystack({ host, status }: HostRow): string {
  const { name, interfaces, facts, assignment } = host;
  const parts = [
    name,
    STATUS_LABELS[status].label,
    assignment && imageWords(assignment.image),
    assignment?.config,
    facts.serial,
    facts.product,
    facts.manufacturer,
    ...interfaces.flatMap(({ mac, ip, hostname }) => [mac, mac.replaceAll(':', '-'), mac.replaceAll(':', ''), ip, hostname]),
  ];
  return parts
    .filter((part) => part !== undefined)
    .join(' ')
    .toLowerCase();
}
