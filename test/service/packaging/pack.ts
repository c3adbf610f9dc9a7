import { dirname, join } from 'node:path';
import { at } from './built.ts';

const { packWithoutElectron } = (await import(at('scripts', 'packaging', 'pack.mjs'))) as {
  packWithoutElectron(options: { root: string; folder: string; isComplete: boolean }): string;
};

/**
 * Runs electron-builder, with a folder of empty files in Electron’s place; gives the folder of the unpacked program.
 * `isComplete` false leaves out the check that all boot files are there.
 */
export function pack(folder: string, isComplete: boolean): string {
  return dirname(packWithoutElectron({ root: at(), folder, isComplete }));
}

export const { makeHeadlessArchive } = (await import(at('scripts', 'packaging', 'headless.mjs'))) as {
  makeHeadlessArchive(options: { root: string; output: string; node: string; version: string; resources?: string }): string;
};

export const FPM = join(at(), 'scripts', 'packaging', 'fpm.mjs');
