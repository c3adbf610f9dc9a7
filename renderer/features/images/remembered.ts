import * as z from 'zod';

const KEY = 'bootbench-uploads';

/** An upload that is not over: when its file is dropped again, it goes on under the same name. */
export interface Remembered {
  /** What tells this file from others: name, size and time of last change. */
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
}

const List = z.array(z.object({ id: z.string(), name: z.string(), fileName: z.string() }));

export function fileId({ name, size, lastModified }: Pick<File, 'name' | 'size' | 'lastModified'>): string {
  // A header's value: at most 300 printable characters of ASCII.
  return `${size}-${lastModified}-${encodeURIComponent(name)}`.slice(0, 300);
}

export function remembered(): Remembered[] {
  try {
    return List.parse(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
  } catch {
    return [];
  }
}

export function remember(upload: Remembered): void {
  localStorage.setItem(KEY, JSON.stringify([...remembered().filter(({ id }) => id !== upload.id), upload]));
}

export function forget(name: string): void {
  localStorage.setItem(KEY, JSON.stringify(remembered().filter((upload) => upload.name !== name)));
}
