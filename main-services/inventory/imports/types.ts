import type { Image, WriteOptions } from '../../../contract/inventory.ts';
import type { JsonPatch } from '../../../util/merge-patch.ts';

/** Bytes of an upload: `start` is the first one's place in the ISO; undefined `end` (exclusive) is the ISO's end. */
export interface UploadPiece {
  readonly name: string;
  /** Bytes of the whole ISO. */
  readonly size: number;
  /** Undefined: the body is the whole ISO, whatever is there already. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** What the uploader calls its file. */
  readonly id?: string | undefined;
  readonly bootConfigs?: readonly string[] | undefined;
  /** What the uploader says that the SHA-256 of the whole ISO is: hex. */
  readonly sha256?: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Received {
  readonly received: number;
  readonly size: number;
  /** The whole ISO is there, checked, and in the library. */
  readonly imported: boolean;
}

/** An import that is not complete. */
export interface UnfinishedImport {
  readonly name: string;
  readonly received: number;
  /** Bytes of the whole ISO; undefined where that is not known any longer. */
  readonly size?: number | undefined;
  /** When its last byte arrived, in ms since the Unix epoch. */
  readonly changedAt: number;
  /** When it is removed, unless it is continued. */
  readonly expiresAt: number;
}

export interface StartedImport {
  /** Identifies the import, also after a restart. */
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

/** ISOs on their way into the library's folder, from a file of this computer or from an upload. */
export interface Imports {
  /** Recovers partial imports in the folder: continues those that can, deletes those that were not resumed for 7 days. */
  start(): Promise<void>;
  /**
   * Starts (or continues) to copy in the background. E_EXISTS, E_IMAGE_GONE, E_IMAGE_INVALID (no file), E_DISK_FULL,
   * E_CONFIG_INCOMPATIBLE; how it ends is the `result` of the import's id.
   */
  fromPath(input: { name: string; path: string; bootConfigs: readonly string[]; sha256?: string | undefined }): Promise<StartedImport>;
  /**
   * The image, once the import with this id is complete. Rejects with the error of the import: E_CHECKSUM when the SHA-256 is not the
   * given one or not the one in a checksum file next to the ISO, E_EXISTS when another image has the same bytes, E_IMAGE_INVALID,
   * E_IMAGE_CHANGED, E_IMAGE_GONE, E_DISK_FULL, E_CANCELLED; E_NOT_FOUND for an id that is not known, which includes every import that
   * ended before the last start. The signal ends the wait, not the import.
   */
  result(id: string, signal?: AbortSignal): Promise<Image>;
  /**
   * Takes one piece; with the last one the ISO is checked and added. The bytes of an interrupted piece are not lost.
   * Errors as `fromPath`; E_UPLOAD_OFFSET when the piece does not start where the partial ends.
   */
  receive(piece: UploadPiece): Promise<Received>;
  /** 0 of 0 when there is none. */
  state(name: string): Promise<{ received: number; size: number; id?: string | undefined }>;
  /** Every unfinished import in the library folder, also those that no one continues. */
  partials(): Promise<UnfinishedImport[]>;
  /** Ends it and removes what is there. E_NOT_FOUND when there is none. */
  cancel(name: string): Promise<void>;
  /** Removes an image; its file too where an import put it there. Errors as the inventory's `removeImage`. */
  removeImage(name: string, options?: WriteOptions): Promise<void>;
  /** The inventory's `patchImage`; an imported file that the image no longer names is removed. */
  patchImage(name: string, patch: JsonPatch, options?: WriteOptions): Promise<Image>;
  /** Interrupts running imports; they continue at the next start. */
  stop(): Promise<void>;
}
