import { useEffect, useState } from 'react';
import type { Progress } from '../../../contract/appliance.ts';
import type { Image } from '../../../contract/inventory.ts';
import { useAppStore, useCall, useNow } from '../../store/use-store.ts';
import type { ImportItem } from './import-item.ts';
import { useQueue } from './imports-context.ts';
import { forgetUpload, unfinishedUploads, type UnfinishedUpload } from './unfinished-uploads.ts';

/** A line of the Images view: an image, or one that is on its way. */
export interface ImageRow {
  readonly id: string;
  readonly name: string;
  readonly image?: Image;
  readonly item?: ImportItem;
  readonly progress?: Progress;
  /** An upload of this browser that a reload or a closed window stopped. */
  readonly stopped?: Stopped;
}

export interface Stopped extends UnfinishedUpload {
  readonly received: number;
  readonly size: number;
}

const PREFIX = 'import:';
/** Milliseconds without a piece after which an upload that this browser began, and this window does not go on with, stands still. */
const STILL = 2500;

export function useRows(wanted: string): ImageRow[] {
  const images = useAppStore((state) => state.images);
  const progress = useAppStore((state) => state.progress);
  const items = useQueue((state) => state.items);
  const stopped = useStopped(items);
  const now = useNow();
  return rowsOf(Object.values(images), progress, items, stopped, now).filter((row) => matches(row, wanted));
}

/** Each name once, whoever knows of it: the library, this page's queue, the appliance's progress, or a stopped upload. */
export function rowsOf(
  images: readonly Image[],
  progress: readonly Progress[],
  items: readonly ImportItem[],
  stopped: readonly Stopped[],
  now = 0,
): ImageRow[] {
  const rows = new Map<string, ImageRow>();
  const put = (name: string, part: Partial<ImageRow>): unknown => rows.set(name, { ...rows.get(name), id: name, name, ...part });
  for (const each of stopped) put(each.name, { stopped: each });
  for (const each of progress.filter(({ key }) => key.startsWith(PREFIX))) {
    const name = each.key.slice(PREFIX.length);
    const isStill = rows.has(name) && now - each.at > STILL;
    if (!isStill) put(name, { progress: each });
  }
  for (const item of items.filter(({ state }) => state !== 'done')) put(item.name, { item });
  for (const image of images) put(image.name, { image });
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function matches({ name, image }: ImageRow, wanted: string): boolean {
  return `${name} ${image?.index.volumeId ?? ''}`.toLowerCase().includes(wanted.trim().toLowerCase());
}

/** Asks how much is there of each upload that was not finished. What nothing is there of is forgotten. */
function useStopped(items: readonly ImportItem[]): Stopped[] {
  const call = useCall();
  const live = useAppStore((state) => state.link.state === 'live');
  const [stopped, setStopped] = useState<Stopped[]>([]);
  useEffect(() => {
    let current = true;
    const look = async (): Promise<void> => {
      const idle = unfinishedUploads().filter(({ name }) => !items.some((item) => item.name === name));
      const found = await Promise.all(
        idle.map(async (each): Promise<Stopped[]> => {
          const state = await call('image.importState', { name: each.name });
          if (!state.ok) return [];
          if (state.value.size === 0) forgetUpload(each.name);
          return state.value.size === 0 ? [] : [{ ...each, ...state.value }];
        }),
      );
      if (current) setStopped(found.flat());
    };
    if (live) void look();
    return () => {
      current = false;
    };
  }, [call, live, items.length]);
  return stopped;
}
