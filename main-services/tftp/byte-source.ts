import type { FileAnswer } from '../boot/boot.ts';

/** The bytes of a file that boot/ answers with. */
export type ByteSource = Extract<FileAnswer, { kind: 'file' }>['source'];
