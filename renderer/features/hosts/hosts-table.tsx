import type { ReactTable } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState, type MouseEvent, type ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import type { ByName } from '../../store/store.ts';
import { go } from '../../store/route.ts';
import { HostRow, type Open, type Opened } from './host-row.tsx';
import { selectionAfter, range, toggled, type Selected } from './selection.ts';
import { DRAWN, type features, type HostRow as RowData } from './table-model.ts';
import type { RowAnswer } from './use-host-actions.ts';
import { focusRow, onGridKey } from './use-grid-keys.ts';

const ROW = 40;

interface Props {
  table: ReactTable<typeof features, RowData>;
  selected: Selected;
  setSelected: (selected: Selected) => void;
  vendors: ByName<string>;
  answers: ByName<RowAnswer>;
  opened: { what: Opened; host: string } | undefined;
  open: Open;
  dismiss: (host: string) => void;
  remove: (host: string) => void;
  reimage: (host: string) => void;
  power: (host: string) => void;
  /** Stands where the header stands while something is selected. */
  actionBar: ReactNode;
}

/** The hosts as a grid of which only the visible rows exist. */
export function HostsTable(props: Props) {
  const { table, selected, setSelected, vendors, answers, opened, open, dismiss, remove, reimage, power, actionBar } = props;
  const { rows } = table.getRowModel();
  const names = useMemo(() => rows.map(({ id }) => id), [rows]);
  const body = useRef<HTMLDivElement>(null);
  const anchor = useRef<string>(undefined);
  const [activeName, setActive] = useState<string>();
  const found = activeName === undefined ? 0 : names.indexOf(activeName);
  const activeIndex = Math.max(0, found);
  const virtualizer = useRows(body, names, answers, activeIndex);
  const focusSoon = useFocusSoon(body);

  const moveTo = (index: number, extend: boolean, widget: number | undefined): void => {
    const name = names[index];
    if (name === undefined) return;
    if (extend) {
      anchor.current ??= names[activeIndex];
      setSelected(range(names, anchor.current ?? name, name));
    }
    setActive(name);
    virtualizer.scrollToIndex(index);
    focusSoon(name, widget);
  };

  const press = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as Element;
    const name = target.closest<HTMLElement>('[data-host]')?.dataset.host;
    if (name === undefined) return;
    setActive(name);
    if (target.closest('a, button, .host-answer')) return;
    const ctrl = event.ctrlKey || event.metaKey || target.closest('[data-toggle]') !== null;
    setSelected(selectionAfter(selected, { name, anchor: anchor.current, shift: event.shiftKey, ctrl }, names));
    if (!event.shiftKey) anchor.current = name;
  };

  const keys = {
    names,
    page: Math.max(1, Math.floor((body.current?.clientHeight ?? 400) / ROW) - 1),
    move: moveTo,
    toggle: (name: string) => {
      anchor.current = name;
      setSelected(toggled(selected, name));
    },
    selectAll: () => setSelected(Object.fromEntries(names.map((name) => [name, true as const]))),
    clear: () => {
      if (Object.keys(selected).length === 0) return false;
      setSelected({});
      return true;
    },
    open: (name: string) => go('hosts', name),
    remove,
    reimage,
    power,
  };

  return (
    <div className="hosts-frame">
      {actionBar}
      <div
        role="grid"
        aria-label="Hosts"
        aria-rowcount={rows.length + 1}
        aria-colcount={8}
        aria-multiselectable="true"
        className="hosts-grid"
        onKeyDown={(event) => onGridKey(event, keys)}
      >
        <Head table={table} hidden={actionBar !== undefined} />
        <div
          role="rowgroup"
          className="hosts-body"
          ref={body}
          onClick={press}
          onDoubleClick={(event) => openPressed(event)}
          onFocus={(event) => {
            const name = (event.target as HTMLElement).closest<HTMLElement>('[data-host]')?.dataset.host;
            if (name !== undefined) setActive(name);
          }}
        >
          <div className="hosts-space" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const row = rows[index];
              if (!row) return null;
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
                  open={open}
                  dismiss={dismiss}
                  measure={virtualizer.measureElement}
                />
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function openPressed(event: MouseEvent<HTMLElement>): void {
  const target = event.target as Element;
  const name = target.closest<HTMLElement>('[data-host]')?.dataset.host;
  if (name !== undefined && !target.closest('a, button, [data-toggle]')) go('hosts', name);
}

/** The rows that exist now. The active one always does, so that the keyboard never loses its place. */
function useRows(body: React.RefObject<HTMLDivElement | null>, names: readonly string[], answers: ByName<RowAnswer>, activeIndex: number) {
  const rangeExtractor = useCallback(
    (visible: Range) => {
      const indexes = defaultRangeExtractor(visible);
      if (activeIndex >= visible.count || indexes.includes(activeIndex)) return indexes;
      return [...indexes, activeIndex].sort((a, b) => a - b);
    },
    [activeIndex],
  );
  const virtualizer = useVirtualizer({
    count: names.length,
    getScrollElement: () => body.current,
    estimateSize: () => ROW,
    getItemKey: (index) => names[index] ?? index,
    overscan: 4,
    rangeExtractor,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, answers]);
  return virtualizer;
}

/** Focus for a row that may not exist before the next drawing. */
function useFocusSoon(body: React.RefObject<HTMLDivElement | null>): (name: string, widget: number | undefined) => void {
  const wanted = useRef<{ name: string; widget: number | undefined }>(undefined);
  const settle = useCallback(() => {
    if (body.current && wanted.current && focusRow(body.current, wanted.current.name, wanted.current.widget)) wanted.current = undefined;
  }, [body]);
  useLayoutEffect(settle);
  return (name, widget) => {
    wanted.current = { name, widget };
    settle();
  };
}

function Head({ table, hidden }: { table: Props['table']; hidden: boolean }) {
  return (
    <div role="rowgroup" className={hidden ? 'hosts-head hosts-head-hidden' : 'hosts-head'}>
      <div role="row" aria-rowindex={1} className="host-row-columns">
        <div role="columnheader" aria-colindex={1} aria-label="Selected" />
        {DRAWN.map((id, index) => (
          <HeadCell key={id} table={table} id={id} index={index + 2} />
        ))}
        <div role="columnheader" aria-colindex={8} aria-label="More" />
      </div>
    </div>
  );
}

function HeadCell({ table, id, index }: { table: Props['table']; id: string; index: number }) {
  const column = table.getColumn(id);
  if (!column) return null;
  const sorted = column.getIsSorted();
  return (
    <div
      role="columnheader"
      aria-colindex={index}
      aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
      className="hosts-head-cell"
    >
      <Button className="hosts-sort" onPress={() => column.toggleSorting()}>
        {String(column.columnDef.header)}
        <span aria-hidden="true">{sorted === 'asc' ? ' ↑' : sorted === 'desc' ? ' ↓' : ''}</span>
      </Button>
    </div>
  );
}
