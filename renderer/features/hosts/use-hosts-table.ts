import type { ReactTable } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState, type MouseEvent, type RefObject } from 'react';
import { go } from '../../store/route.ts';
import type { ByName } from '../../store/store.ts';
import type { RowActions } from './row-actions.ts';
import { range, selectionAfter, toggled, type Selected } from './selection.ts';
import type { features, HostRow } from './table-model.ts';
import type { RowAnswer } from './use-host-actions.ts';
import { focusRow, type GridKeys } from './use-grid-keys.ts';

export type HostTable = ReactTable<typeof features, HostRow>;

const ROW_HEIGHT_PX = 40;
/** Before the table is laid out. */
const ASSUMED_HEIGHT_PX = 400;

interface Options {
  table: HostTable;
  selected: Selected;
  setSelected: (selected: Selected) => void;
  answers: ByName<RowAnswer>;
  actions: RowActions;
}

/** Selection, keyboard and the rows that exist now, of a grid of which only the visible rows are drawn. */
export function useHostsTable({ table, selected, setSelected, answers, actions }: Options) {
  const { rows } = table.getRowModel();
  const names = useMemo(() => rows.map(({ id }) => id), [rows]);
  const body = useRef<HTMLDivElement>(null);
  const anchor = useRef<string>(undefined);
  const [activeName, setActive] = useState<string>();
  const activeIndex = Math.max(0, activeName === undefined ? 0 : names.indexOf(activeName));
  const virtualizer = useRows(body, names, answers, activeIndex);
  const focusSoon = useFocusSoon(body);

  const move = (index: number, extend: boolean, widget: number | undefined): void => {
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

  const onPress = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as Element;
    const name = hostAt(target);
    if (name === undefined) return;
    setActive(name);
    if (target.closest('a, button, .host-answer')) return;
    const ctrl = event.ctrlKey || event.metaKey || target.closest('[data-toggle]') !== null;
    setSelected(selectionAfter(selected, { name, anchor: anchor.current, shift: event.shiftKey, ctrl }, names));
    if (!event.shiftKey) anchor.current = name;
  };

  const onFocus = (target: Element): void => {
    const name = hostAt(target);
    if (name !== undefined) setActive(name);
  };

  const keys = (): GridKeys => ({
    names,
    page: Math.max(1, Math.floor((body.current?.clientHeight ?? ASSUMED_HEIGHT_PX) / ROW_HEIGHT_PX) - 1),
    move,
    toggle: (name) => {
      anchor.current = name;
      setSelected(toggled(selected, name));
    },
    selectAll: () => setSelected(Object.fromEntries(names.map((name) => [name, true as const]))),
    clear: () => {
      if (Object.keys(selected).length === 0) return false;
      setSelected({});
      return true;
    },
    open: (name) => go('hosts', name),
    remove: actions.remove,
    reimage: actions.reimage,
    power: actions.power,
  });

  return { rows, body, virtualizer, activeIndex, onPress, onFocus, keys };
}

/** The host whose row an element is in. */
function hostAt(target: Element): string | undefined {
  return target.closest<HTMLElement>('[data-host]')?.dataset.host;
}

export function openPressed(event: MouseEvent<HTMLElement>): void {
  const target = event.target as Element;
  const name = hostAt(target);
  if (name !== undefined && !target.closest('a, button, [data-toggle]')) go('hosts', name);
}

/** The rows that exist now. The active one always does, so that the keyboard never loses its place. */
function useRows(body: RefObject<HTMLDivElement | null>, names: readonly string[], answers: ByName<RowAnswer>, activeIndex: number) {
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
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: (index) => names[index] ?? index,
    overscan: 4,
    rangeExtractor,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, answers]);
  return virtualizer;
}

/** Focus for a row that may not exist before the next drawing. */
function useFocusSoon(body: RefObject<HTMLDivElement | null>): (name: string, widget: number | undefined) => void {
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
