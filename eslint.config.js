import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Which room may import which (DESIGN §1). A room is named by its folder; every room may import itself and contract/.
 * `packages` names packages that only this room may import.
 */
const ROOMS = {
  contract: { may: [], packages: ['zod'] },
  util: { may: [] },
  db: { may: [], packages: ['better-sqlite3', 'zod'] },
  'main-services/iso': { may: [] },
  'main-services/config': { may: [] },
  'main-services/network': { may: [] },
  'main-services/activity': { may: ['db'] },
  'main-services/trust': { may: ['db'] },
  'main-services/inventory': { may: ['main-services/iso', 'main-services/config', 'main-services/activity', 'db', 'resources'] },
  'main-services/boot': {
    may: ['main-services/inventory', 'main-services/iso', 'main-services/config', 'main-services/activity', 'db', 'resources'],
  },
  'main-services/bmc': { may: ['main-services/trust', 'main-services/activity'] },
  'main-services/reimage': {
    may: ['boot', 'bmc', 'inventory', 'activity'].map((room) => `main-services/${room}`).concat('db'),
  },
  'main-services/dhcp': { may: ['main-services/boot', 'main-services/network', 'main-services/activity', 'db'] },
  'main-services/tftp': { may: ['main-services/boot', 'main-services/network', 'main-services/activity'] },
  'main-services/http': { may: ['main-services/boot', 'main-services/network', 'main-services/activity', 'main-services/iso'] },
  'main-services/handlers': {
    may: ['activity', 'bmc', 'boot', 'config', 'dhcp', 'http', 'inventory', 'iso', 'network', 'reimage', 'tftp', 'trust']
      .map((room) => `main-services/${room}`)
      .concat('db'),
  },
  'main-services/management': { may: ['main-services/handlers', 'main-services/activity'] },
  ...Object.fromEntries(
    ['appliance', 'supervisor', 'settings', 'preflight', 'thread', 'bmc-media'].map((name) => [
      `main-services/${name}`,
      {
        may: [
          'appliance',
          'supervisor',
          'settings',
          'preflight',
          'thread',
          'bmc-media',
          'activity',
          'bmc',
          'boot',
          'config',
          'dhcp',
          'handlers',
          'http',
          'inventory',
          'iso',
          'management',
          'network',
          'reimage',
          'tftp',
          'trust',
        ]
          .map((room) => `main-services/${room}`)
          .concat('db', 'package.json'),
      },
    ]),
  ),
  electron: { may: ['main-services/thread', 'headless'], packages: ['electron'] },
  headless: { may: ['main-services/thread', 'main-services/supervisor', 'main-services/settings', 'main-services/appliance', 'db'] },
  cli: { may: ['headless'] },
  renderer: { may: [] },
};

/** Packages with one home; everybody else asks that room. */
const HOMES = {
  electron: ['electron'],
  'better-sqlite3': ['db'],
  koffi: ['main-services/network'],
  yaml: ['main-services/config'],
  saxes: ['main-services/config'],
  react: ['renderer'],
  'react-dom': ['renderer'],
  zustand: ['renderer'],
};

function roomOf(path) {
  const parts = relative(root, path).split('/');
  if (parts[0] === 'main-services' && parts.length > 2) return `main-services/${parts[1]}`;
  return parts[0];
}

const boundaries = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const from = roomOf(context.filename);
    const rule = ROOMS[from];
    if (!rule) return {};
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      if (!source.startsWith('.')) {
        const home = HOMES[source.split('/')[0]];
        if (home && !home.includes(from)) context.report({ node, message: `only ${home.join(', ')} may import '${source}'` });
        if (from === 'contract' && source !== 'zod') context.report({ node, message: `contract imports zod only, not '${source}'` });
        if (from === 'renderer' && source.startsWith('node:')) context.report({ node, message: 'the renderer runs in a browser' });
        return;
      }
      const to = roomOf(resolve(dirname(context.filename), source));
      if (to === from || to === 'contract' || to === 'util' || rule.may.includes(to)) return;
      context.report({ node, message: `${from} must not import ${to} (the table in eslint.config.js)` });
    };
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

export default tseslint.config(
  { ignores: ['out', 'dist', 'node_modules', 'resources', 'test/output', 'scripts', 'bin'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { house: { rules: { boundaries } } },
    rules: {
      'house/boundaries': 'error',
      'max-lines': ['error', { max: 500 }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Rooms are closures in object literals: no method uses `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': ['error', { max: 700 }] } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked], rules: { 'house/boundaries': 'off' } },
);
