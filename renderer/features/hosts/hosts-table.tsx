import type { VirtualItem } from '@tanstack/react-virtual';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import type { ByName } from '../../store/store.ts';
import { HostRow } from './host-row.tsx';
import { MORE_COLUMN, SELECTED_COLUMN, TABLE } from './labels.ts';
import { useRowActions, type Opened } from './row-actions.ts';
import type { Selected } from './selection.ts';
import { DRAWN } from './table-model.ts';
import type { RowAnswer } from './use-host-actions.ts';
import { onGridKey } from './use-grid-keys.ts';
import { openPressed, useHostsTable, type HostTable } from './use-hosts-table.ts';

interface Props {
  table: HostTable;
  selected: Selected;
  setSelected: (selected: Selected) => void;
  vendors: ByName<string>;
  answers: ByName<RowAnswer>;
  opened: { what: Opened; host: string } | undefined;
  /** Takes the place of the header while something is selected. */
  actionBar: ReactNode;
}

/** The hosts as a grid of which only the visible rows exist. */
export function HostsTable(props: Props) {
  const { table, actionBar } = props;
  const grid = useHostsTable({ ...props, actions: useRowActions() });
  return (
    <div className="hosts-frame">
      {actionBar}
      <div
        role="grid"
        aria-label={TABLE}
        aria-rowcount={grid.rows.length + 1}
        aria-colcount={8}
        aria-multiselectable="true"
        className="hosts-grid"
        onKeyDown={(event) => onGridKey(event, grid.keys())}
      >
        <HeaderRow table={table} hidden={actionBar !== undefined} />
        <Body {...props} grid={grid} />
      </div>
    </div>
  );
}

function Body({ grid, ...props }: Props & { grid: ReturnType<typeof useHostsTable> }) {
  const { body, virtualizer, onPress, onFocus } = grid;
  return (
    <div
      role="rowgroup"
      className="hosts-body"
      ref={body}
      onClick={onPress}
      onDoubleClick={(event) => openPressed(event)}
      onFocus={(event) => onFocus(event.target)}
    >
      <div className="hosts-space" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => rowAt(item, grid, props))}
      </div>
    </div>
  );
}

function rowAt({ index, start }: VirtualItem, { rows, activeIndex, virtualizer }: ReturnType<typeof useHostsTable>, props: Props) {
  const row = rows[index];
  if (!row) return null;
  const { selected, vendors, answers, opened } = props;
  const mac = row.original.host.interfaces[0]?.mac ?? '';
  return (
    <HostRow
      key={row.id}
      row={row.original}
      position={index + 1}
      start={start}
      selected={selected[row.id] ?? false}
      active={index === activeIndex}
      vendor={vendors[mac]}
      answer={answers[row.id]}
      opened={opened?.host === row.id ? opened.what : undefined}
      measure={virtualizer.measureElement}
    />
  );
}

function HeaderRow({ table, hidden }: { table: HostTable; hidden: boolean }) {
  return (
    <div role="rowgroup" className={hidden ? 'hosts-head hosts-head-hidden' : 'hosts-head'}>
      <div role="row" aria-rowindex={1} className="host-row-columns">
        <div role="columnheader" aria-colindex={1} aria-label={SELECTED_COLUMN} />
        {DRAWN.map((id, index) => (
          <HeaderCell key={id} table={table} id={id} index={index + 2} />
        ))}
        <div role="columnheader" aria-colindex={8} aria-label={MORE_COLUMN} />
      </div>
    </div>
  );
}

function HeaderCell({ table, id, index }: { table: HostTable; id: string; index: number }) {
  const column = table.getColumn(id);
  if (!column) return null;
  const sorted = column.getIsSorted();
  return (
    <div
      role="columnheader"
      aria-colindex={index}
      aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
      className={`hosts-head-cell hosts-head-${column.id}`}
    >
      <Button className="hosts-sort" onPress={() => column.toggleSorting()}>
        {String(column.columnDef.header)}
        <span aria-hidden="true">{sorted === 'asc' ? ' ↑' : sorted === 'desc' ? ' ↓' : ''}</span>
      </Button>
    </div>
  );
}
