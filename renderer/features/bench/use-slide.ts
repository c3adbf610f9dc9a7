import { useLayoutEffect, useRef, type RefObject } from 'react';

const DURATION = 160;

/** Rows that change their place slide there. Each row of the list bears `data-key`; `order` changes when rows move. */
export function useSlide(list: RefObject<HTMLElement | null>, order: string): void {
  const places = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const before = places.current;
    const now = new Map<string, number>();
    for (const row of list.current?.querySelectorAll<HTMLElement>('[data-key]') ?? []) {
      const key = row.dataset.key ?? '';
      now.set(key, row.offsetTop);
      const from = before.get(key);
      if (from !== undefined && from !== row.offsetTop) slide(row, from - row.offsetTop);
    }
    places.current = now;
  }, [list, order]);
}

function slide(row: HTMLElement, by: number): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  row.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], { duration: DURATION, easing: 'ease-out' });
}
