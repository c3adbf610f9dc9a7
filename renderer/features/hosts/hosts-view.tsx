import './hosts.css';
import './hosts-view.css';
import { useTable, type SortingState } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { Host } from '../../../contract/inventory.ts';
import { subjectsOf } from '../../model/hosts.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty } from '../../ui/section.tsx';
import { BmcOffers } from '../bmc/bmc-offers.tsx';
import { Discovered } from '../discovered/discovered.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { ActionBar } from './action-bar.tsx';
import { AddHostSheet } from './add-host-sheet.tsx';
import { AssignSheet } from './assign-sheet.tsx';
import { EditHostSheet } from './edit-host-sheet.tsx';
import { HostsToolbar } from './hosts-toolbar.tsx';
import { HostsTable } from './hosts-table.tsx';
import type { Opened } from './host-row.tsx';
import { RemoveSheet } from './remove-sheet.tsx';
import { RowMenu } from './row-menus.tsx';
import type { Selected } from './selection.ts';
import { columns, features, rowBuilder, type Filter, type HostRow } from './table-model.ts';
import { useHostActions } from './use-host-actions.ts';

type SheetOpen = { kind: 'add' } | { kind: 'edit'; host: string } | { kind: 'assign' | 'remove'; hosts: readonly string[] };

/** All machines: find, choose, assign; below them those that asked to boot and are no hosts yet. */
export function HostsView() {
  const hosts = useAppStore((state) => state.hosts);
  const rows = useHostRows();
  const macs = useMemo(() => Object.values(hosts).flatMap(({ interfaces }) => interfaces[0]?.mac ?? []), [hosts]);
  const vendors = useVendors(macs);
  const { answers, actions } = useHostActions();
  const sheets = useMachineSheets();
  const [sought, setSought] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [sorting, setSorting] = useState<SortingState>([{ id: 'name', desc: false }]);
  const [selected, setSelected] = useState<Selected>({});
  const [sheet, setSheet] = useState<SheetOpen>();
  const [menu, setMenu] = useState<{ what: Opened; host: string; anchor: Element }>();
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
  // What a filter hides is not acted on: only what is selected and seen counts.
  const chosen = table
    .getRowModel()
    .rows.filter(({ id }) => selected[id])
    .map(({ original }) => original.host);
  const open = useMemo(() => (what: Opened, host: string, anchor: Element) => setMenu({ what, host, anchor }), []);
  // A key acts on what is selected, or else on the row that it is pressed in.
  const meant = (name: string): string[] => (chosen.length > 0 ? namesOf(chosen) : [name]);
  const remove = (name: string): void => setSheet({ kind: 'remove', hosts: meant(name) });
  const close = (): void => setSheet(undefined);
  const opened = menu && hosts[menu.host];
  const edited = sheet?.kind === 'edit' ? hosts[sheet.host] : undefined;

  return (
    <div className="hosts-view">
      <HostsToolbar
        rows={rows}
        shown={table.getRowModel().rows.length}
        sought={sought}
        setSought={setSought}
        filter={filter}
        setFilter={setFilter}
        onAdd={() => setSheet({ kind: 'add' })}
      />
      {rows.length === 0 ? (
        <Empty>No hosts yet. Power on a machine and watch it appear below, or add one by its MAC address.</Empty>
      ) : (
        <HostsTable
          table={table}
          selected={selected}
          setSelected={setSelected}
          vendors={vendors}
          answers={answers}
          opened={menu}
          open={open}
          dismiss={actions.dismiss}
          remove={remove}
          reimage={(name) => sheets.reimage(meant(name))}
          power={(name) => sheets.power(meant(name))}
          actionBar={
            chosen.length === 0 ? undefined : (
              <ActionBar
                hosts={chosen}
                actions={actions}
                onAssign={() => setSheet({ kind: 'assign', hosts: namesOf(chosen) })}
                onRemove={() => setSheet({ kind: 'remove', hosts: namesOf(chosen) })}
                onClear={() => setSelected({})}
              />
            )
          }
        />
      )}
      {rows.length > 0 && table.getRowModel().rows.length === 0 && <Empty>No host passes this search and filter.</Empty>}
      <div className="hosts-discovered">
        <Discovered />
        <BmcOffers />
      </div>
      {menu && opened && (
        <RowMenu
          host={opened}
          what={menu.what}
          anchor={menu.anchor}
          actions={actions}
          onEdit={() => setSheet({ kind: 'edit', host: opened.name })}
          onRemove={() => setSheet({ kind: 'remove', hosts: [opened.name] })}
          onClose={() => setMenu(undefined)}
        />
      )}
      {sheet?.kind === 'add' && <AddHostSheet onClose={close} />}
      {edited && <EditHostSheet key={edited.name} host={edited} onClose={close} />}
      {sheet?.kind === 'assign' && <AssignSheet names={sheet.hosts} actions={actions} onClose={close} />}
      {sheet?.kind === 'remove' && <RemoveSheet names={sheet.hosts} actions={actions} onClose={close} onDone={() => setSelected({})} />}
    </div>
  );
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

function namesOf(hosts: readonly Host[]): string[] {
  return hosts.map(({ name }) => name);
}
