import { useTable, type SortingState } from '@tanstack/react-table';
import { useMemo, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { subjectsOf } from '../../model/hosts.ts';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { useAppStore } from '../../store/use-store.ts';
import type { Filter } from './host-status.ts';
import type { Opened, RowActions } from './row-actions.ts';
import type { Selected } from './selection.ts';
import { columns, features, rowBuilder, type HostRow } from './table-model.ts';

export type SheetOpen = { kind: 'add' } | { kind: 'edit'; host: string } | { kind: 'assign' | 'remove'; hosts: readonly string[] };
export type MenuOpen = { what: Opened; host: string; anchor: Element };

/** The rows as they are searched, filtered, sorted and selected. */
export function useSelectableRows() {
  const rows = useHostRows();
  const [sought, setSought] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [sorting, setSorting] = useState<SortingState>([{ id: 'name', desc: false }]);
  const [selected, setSelected] = useState<Selected>({});
  const columnFilters = useMemo(() => filtersOf(sought, filter), [sought, filter]);
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: ({ host }) => host.name,
    enableSortingRemoval: false,
    state: { sorting, columnFilters, rowSelection: selected },
    onSortingChange: setSorting,
    onRowSelectionChange: setSelected,
  });
  const shown = table.getRowModel().rows;
  // What a filter hides is not acted on: only what is selected and seen counts.
  const chosen = shown.filter(({ id }) => selected[id]).map(({ original }) => original.host);
  return { rows, table, shown: shown.length, chosen, sought, setSought, filter, setFilter, selected, setSelected };
}

interface Openers {
  chosen: readonly string[];
  setMenu: (menu: MenuOpen) => void;
  setSheet: (sheet: SheetOpen) => void;
  dismiss: (host: string) => void;
}

/** What a row can do. A key acts on the selection, or on the row in which it was pressed if nothing is selected. */
export function useStableRowActions(openers: Openers): RowActions {
  const sheets = useMachineSheets();
  const latest = useRef(openers);
  latest.current = openers;
  return useMemo(() => {
    const targets = (name: string): readonly string[] => (latest.current.chosen.length > 0 ? latest.current.chosen : [name]);
    return {
      open: (what, host, anchor) => latest.current.setMenu({ what, host, anchor }),
      dismiss: (host) => latest.current.dismiss(host),
      remove: (name) => latest.current.setSheet({ kind: 'remove', hosts: targets(name) }),
      reimage: (name) => sheets.reimage(targets(name)),
      power: (name) => sheets.power(targets(name)),
    };
  }, [sheets]);
}

function useHostRows(): HostRow[] {
  const hosts = useAppStore((state) => state.hosts);
  const images = useAppStore((state) => state.images);
  const lastEvents = useAppStore((state) => state.lastEvents);
  const moving = useAppStore(useShallow((state) => subjectsOf(state.progress)));
  const [build] = useState(rowBuilder);
  return useMemo(() => build({ hosts, images, lastEvents, moving: new Set(moving) }), [build, hosts, images, lastEvents, moving]);
}

function filtersOf(sought: string, filter: Filter): { id: string; value: string }[] {
  const text = sought.trim().toLowerCase();
  return [...(text === '' ? [] : [{ id: 'search', value: text }]), ...(filter === 'all' ? [] : [{ id: 'filter', value: filter }])];
}
