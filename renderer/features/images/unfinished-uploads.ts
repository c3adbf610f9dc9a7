import * as z from 'zod';

const STORAGE_KEY = 'bootbench-uploads';

/** An upload that is not complete: when its file is dropped again, it continues under the same name. */
export interface UnfinishedUpload {
  /** Distinguishes the file from others: its name, size and time of last change. */
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
}

const List = z.array(z.object({ id: z.string(), name: z.string(), fileName: z.string() }));

export function fileId({ name, size, lastModified }: Pick<File, 'name' | 'size' | 'lastModified'>): string {
  // The value of a header: at most 300 printable ASCII characters.
  return `${size}-${lastModified}-${encodeURIComponent(name)}`.slice(0, 300);
}

export function unfinishedUploads(): UnfinishedUpload[] {
  try {
    return List.parse(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]'));
  } catch {
    return [];
  }
}

export function rememberUpload(upload: UnfinishedUpload): void {
  store([...unfinishedUploads().filter(({ id }) => id !== upload.id), upload]);
}

export function forgetUpload(name: string): void {
  store(unfinishedUploads().filter((upload) => upload.name !== name));
}

function store(uploads: readonly UnfinishedUpload[]): void {
  localStorage.setItem(STORAGE_KEY, JSON.stringify(uploads));
}
