import './hosts.css';
import './hosts-view.css';
import { useMemo, useState, type ReactNode } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { useVendors } from '../../model/use-vendors.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty } from '../../ui/section.tsx';
import { BmcOffers } from '../bmc/bmc-offers.tsx';
import { Discovered } from '../discovered/discovered.tsx';
import { ActionBar } from './action-bar.tsx';
import { AddHostSheet } from './add-host-sheet.tsx';
import { AssignSheet } from './assign-sheet.tsx';
import { EditHostSheet } from './edit-host-sheet.tsx';
import { HostsTable } from './hosts-table.tsx';
import { HostsToolbar } from './hosts-toolbar.tsx';
import { NO_HOSTS, NO_HOSTS_FOUND } from './labels.ts';
import { RemoveSheet } from './remove-sheet.tsx';
import { RowActionsContext } from './row-actions.ts';
import { RowMenu } from './row-menus.tsx';
import { useHostActions, type HostActions } from './use-host-actions.ts';
import { useSelectableRows, useStableRowActions, type MenuOpen, type SheetOpen } from './use-hosts-view.ts';

/** All machines: find, select, assign; below them the unknown machines and unassigned BMCs. */
export function HostsView() {
  const { answers, actions } = useHostActions();
  const list = useSelectableRows();
  const { rows, table, chosen, selected, setSelected, ...search } = list;
  const vendors = useVendorsOfHosts();
  const [sheet, setSheet] = useState<SheetOpen>();
  const [menu, setMenu] = useState<MenuOpen>();
  const names = namesOf(chosen);
  const rowActions = useStableRowActions({ chosen: names, setMenu, setSheet, dismiss: actions.dismiss });
  const actionBar = chosen.length > 0 && (
    <ActionBar
      hosts={chosen}
      actions={actions}
      onAssign={() => setSheet({ kind: 'assign', hosts: names })}
      onRemove={() => setSheet({ kind: 'remove', hosts: names })}
      onClear={() => setSelected({})}
    />
  );
  return (
    <div className="hosts-view">
      <HostsToolbar rows={rows} {...search} onAdd={() => setSheet({ kind: 'add' })} />
      <Rows isEmpty={rows.length === 0} isFiltered={search.shown === 0}>
        <RowActionsContext value={rowActions}>
          <HostsTable {...{ table, selected, setSelected, vendors, answers }} opened={menu} actionBar={actionBar || undefined} />
        </RowActionsContext>
      </Rows>
      <div className="hosts-discovered">
        <Discovered />
        <BmcOffers />
      </div>
      {menu && <OpenMenu menu={menu} actions={actions} setSheet={setSheet} onClose={() => setMenu(undefined)} />}
      {sheet && <OpenSheet sheet={sheet} actions={actions} onRemoved={() => setSelected({})} onClose={() => setSheet(undefined)} />}
    </div>
  );
}

function Rows({ isEmpty, isFiltered, children }: { isEmpty: boolean; isFiltered: boolean; children: ReactNode }) {
  if (isEmpty) return <Empty>{NO_HOSTS}</Empty>;
  return (
    <>
      {children}
      {isFiltered && <Empty>{NO_HOSTS_FOUND}</Empty>}
    </>
  );
}

interface MenuProps {
  menu: MenuOpen;
  actions: HostActions;
  setSheet: (sheet: SheetOpen) => void;
  onClose: () => void;
}

function OpenMenu({ menu: { what, host: name, anchor }, actions, setSheet, onClose }: MenuProps) {
  const host = useAppStore((state) => state.hosts[name]);
  if (!host) return null;
  return (
    <RowMenu
      host={host}
      what={what}
      anchor={anchor}
      actions={actions}
      onEdit={() => setSheet({ kind: 'edit', host: name })}
      onRemove={() => setSheet({ kind: 'remove', hosts: [name] })}
      onClose={onClose}
    />
  );
}

interface SheetProps {
  sheet: SheetOpen;
  actions: HostActions;
  onRemoved: () => void;
  onClose: () => void;
}

function OpenSheet({ sheet, actions, onRemoved, onClose }: SheetProps) {
  const hosts = useAppStore((state) => state.hosts);
  switch (sheet.kind) {
    case 'add':
      return <AddHostSheet onClose={onClose} />;
    case 'edit': {
      const host = hosts[sheet.host];
      return host ? <EditHostSheet key={host.name} host={host} onClose={onClose} /> : null;
    }
    case 'assign':
      return <AssignSheet names={sheet.hosts} actions={actions} onClose={onClose} />;
    case 'remove':
      return <RemoveSheet names={sheet.hosts} actions={actions} onClose={onClose} onDone={onRemoved} />;
  }
}

function useVendorsOfHosts(): Readonly<Record<string, string>> {
  const hosts = useAppStore((state) => state.hosts);
  const macs = useMemo(() => Object.values(hosts).flatMap(({ interfaces }) => interfaces[0]?.mac ?? []), [hosts]);
  return useVendors(macs);
}

function namesOf(hosts: readonly Host[]): string[] {
  return hosts.map(({ name }) => name);
}
