import { expect, it } from 'vitest';
import { pathsOf } from '../../../electron/paths.ts';

it('in development everything is in the project', () => {
  expect(pathsOf('/src/out/main', undefined)).toEqual({ root: '/src', worker: '/src/out/main/thread.js', environment: {} });
});

it('in a package, served files are outside the archive', () => {
  expect(pathsOf('/opt/Bootbench/resources/app.asar/out/main', '/opt/Bootbench/resources')).toEqual({
    root: '/opt/Bootbench/resources/app.asar',
    worker: '/opt/Bootbench/resources/app.asar/out/main/thread.js',
    unpackedWorker: '/opt/Bootbench/resources/app.asar.unpacked/out/main/thread.js',
    environment: {
      BOOTBENCH_BOOT_FILES_DIR: '/opt/Bootbench/resources/boot-files',
      BOOTBENCH_UI_DIR: '/opt/Bootbench/resources/app.asar.unpacked/out/renderer',
    },
  });
});
