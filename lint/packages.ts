/**
 * Which folders may import which npm package, their sub-folders included. `node:` stands for Node's own modules.
 * A dependency that no folder lists, and a listed package that is not a dependency, fail test/unit/lint/packages.test.ts.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // Node itself: everything but contract/ and renderer/, which also run in a browser.
  'node:': [
    'db',
    'main-services',
    'electron',
    'headless',
    'cli',
    'scripts',
    'bin',
    'lint',
    'test',
    'electron.vite.config.ts',
    'eslint.config.js',
    'vitest.config.ts',
  ],

  // The program
  'better-sqlite3': ['db', 'test/unit/db', 'test/service/appliance', 'test/fixtures/data-directories'],
  koffi: [
    'main-services/data-plane',
    'main-services/iso/source',
    'main-services/network',
    'main-services/tftp/thread',
    'test/bench',
    'test/lab',
  ],
  'p-limit': ['util', 'main-services', 'test/differential', 'test/lab'],
  pino: ['headless'],
  serialport: ['main-services/console/serial'],
  re2js: ['main-services/console/triggers', 'test'],
  saxes: ['main-services/config/lint'],
  ssh2: ['main-services/console/ssh', 'test'],
  undici: ['main-services/bmc/redfish', 'main-services/iso/upstream', 'main-services/trust', 'test'],
  ws: ['cli', 'main-services/management', 'test'],
  yaml: ['main-services/config/lint', 'test/lab/desktop'],
  zod: ['contract', 'main-services', 'renderer', 'test/fuzz/targets'],
  electron: ['electron', 'test'],

  // The window
  '@codemirror/autocomplete': ['renderer/features/configs'],
  '@codemirror/commands': ['renderer/features/configs'],
  '@codemirror/lang-json': ['renderer/features/configs'],
  '@codemirror/lang-yaml': ['renderer/features/configs'],
  '@codemirror/language': ['renderer/features/configs'],
  '@codemirror/lint': ['renderer/features/configs'],
  '@codemirror/state': ['renderer/features/configs'],
  '@codemirror/view': ['renderer/features/configs'],
  '@fontsource-variable/inter': ['renderer'],
  '@fontsource/ibm-plex-mono': ['renderer'],
  '@lezer/highlight': ['renderer/features/configs'],
  '@tanstack/react-table': ['renderer/features/hosts'],
  '@tanstack/react-virtual': ['renderer/features/hosts', 'renderer/features/iscsi'],
  '@xterm/addon-fit': ['renderer/features/console'],
  '@xterm/xterm': ['renderer/features/console'],
  react: ['renderer'],
  'react-aria-components': ['renderer'],
  'react-dom': ['renderer'],
  zustand: ['renderer'],

  // Build, lint and tests
  '@axe-core/playwright': ['test/ui'],
  '@hey-api/openapi-ts': ['test/service/management'],
  '@seriousme/openapi-schema-validator': ['test/unit/management'],
  '@typescript-eslint/utils': ['lint', 'test/unit/lint'],
  '@vitejs/plugin-react': ['electron.vite.config.ts', 'test/electron/compat'],
  ajv: ['test/fixtures/openapi'],
  'ajv-formats': ['test/fixtures/openapi'],
  'electron-vite': ['electron.vite.config.ts'],
  'fast-check': ['test'],
  'playwright-core': ['test'],
  typescript: ['lint', 'scripts', 'test/fuzz/engine', 'test/service/management', 'test/unit/docs', 'test/unit/lint'],
  'typescript-eslint': ['eslint.config.js', 'test/unit/lint'],
  vite: ['scripts', 'test/electron/compat'],
  vitest: ['test', 'vitest.config.ts'],
};

export function mayImportPackage(folder: string, name: string): boolean {
  return (PACKAGES[name] ?? []).some((allowed) => folder === allowed || folder.startsWith(`${allowed}/`));
}
