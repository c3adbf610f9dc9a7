/**
 * Which folder may import which. Every folder with source files is listed; a folder may always import itself.
 * The table reads downwards: a room imports rooms above it. Only a folder and its own sub-folders may import each other. `./` means
 * within the group. test/unit/lint/folders.test.ts proves this order, and fails on an entry that nothing uses.
 */
export const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  util: ['contract'],
  db: ['contract', 'util', 'db/migrations', 'db/activity-migrations'],

  ...below('main-services', ['contract', 'util'], {
    activity: ['db'],
    trust: ['db'],
    network: [],
    config: [],
    'config/lint': ['./config'],
  }),

  ...below('main-services/iso', ['contract', 'util'], {
    source: [],
    upstream: ['./source'],
    iso9660: ['./source'],
    fat: ['./iso9660', './source'],
    gpt: ['./source'],
    udf: ['./iso9660', './source'],
    files: ['./iso9660', './source', './udf'],
    efi: ['./fat', './files', './iso9660', './source'],
    bootconfig: ['./bootconfig/grub', './bootconfig/isolinux', './bootconfig/refind', './efi', './fat', './files', './iso9660', './source'],
    'bootconfig/grub': ['./bootconfig'],
    'bootconfig/isolinux': ['./bootconfig'],
    'bootconfig/refind': ['./bootconfig'],
    coreos: ['./iso9660', './source'],
    tinkerbell: ['./bootconfig', './source'],
    profiles: ['./bootconfig', './bootconfig/grub', './bootconfig/isolinux', './iso9660', './source'],
    edit: ['./bootconfig', './fat', './gpt', './iso9660', './profiles', './source', './udf'],
    '.': ['./bootconfig', './bootconfig/grub', './coreos', './edit', './iso9660', './profiles', './source', './tinkerbell', './udf'],
    coverage: ['.', './bootconfig', './edit', './efi', './fat', './files', './iso9660', './source'],
    inspect: ['./bootconfig', './coreos', './coverage', './efi', './iso9660', './profiles', './source', './tinkerbell', './udf'],
  }),

  ...below('main-services', ['contract', 'util'], {
    inventory: ['./activity', './iso/inspect', './iso/profiles', './iso/source', 'db', 'resources'],
    'inventory/imports': ['./activity', './inventory', './iso/iso9660', './iso/source', './iso/tinkerbell'],
  }),

  ...below('main-services/boot', ['contract', 'util'], {
    decide: ['.', 'main-services/inventory', 'main-services/iso/bootconfig', 'main-services/iso/profiles', 'resources'],
    script: ['.', './decide'],
    files: ['.', './script', 'main-services/iso/source', 'resources'],
    views: [
      '.',
      './decide',
      './script',
      'db',
      'main-services/activity',
      'main-services/config',
      'main-services/inventory',
      'main-services/inventory/imports',
      'main-services/iso',
      'main-services/iso/bootconfig',
      'main-services/iso/edit',
      'main-services/iso/inspect',
      'main-services/iso/profiles',
      'main-services/iso/source',
      'main-services/iso/upstream',
    ],
    evidence: ['main-services/activity', 'main-services/inventory', 'main-services/iso/profiles'],
    '.': [
      './decide',
      './files',
      './script',
      './views',
      'main-services/activity',
      'main-services/inventory',
      'main-services/iso/bootconfig',
      'main-services/iso/files',
      'main-services/iso/source',
    ],
  }),

  ...below('main-services/bmc', ['contract', 'util'], {
    'ipmi/wire': [],
    ipmi: ['.', './ipmi/wire'],
    'redfish/http': ['main-services/trust'],
    'redfish/vendors': ['./redfish', './redfish/http', './redfish/media'],
    'redfish/media': ['.', './redfish', './redfish/http'],
    redfish: ['.', './redfish/http', './redfish/media', './redfish/vendors'],
    'self-test': ['.'],
    '.': ['./ipmi', './redfish', './redfish/http', 'main-services/trust'],
  }),

  // Transports know the interface of all of them, never each other.
  ...below('main-services/console', ['contract', 'util'], {
    speed: [],
    network: ['.', './speed'],
    serial: ['.', './speed'],
    sol: ['.', 'main-services/bmc/ipmi', 'main-services/bmc/ipmi/wire'],
    ssh: ['.', 'main-services/trust'],
    transcript: [],
    triggers: [],
    session: ['.', './transcript', './triggers', 'main-services/activity'],
    '.': [
      './network',
      './serial',
      './session',
      './sol',
      './ssh',
      './transcript',
      './triggers',
      'main-services/activity',
      'main-services/bmc',
      'main-services/bmc/ipmi',
      'main-services/inventory',
      'main-services/trust',
    ],
  }),

  ...below('main-services', ['contract', 'util'], { reading: ['./activity', './boot', './iso/files', './iso/source'] }),

  ...below('main-services/iscsi', ['contract', 'util'], {
    wire: [],
    scsi: [],
    login: ['./wire'],
    session: ['./login', './scsi', './wire', 'main-services/iso/source'],
    '.': [
      './login',
      './scsi',
      './session',
      './wire',
      'main-services/activity',
      'main-services/boot',
      'main-services/network',
      'main-services/reading',
    ],
  }),

  ...below('main-services', ['contract', 'util'], {
    reimage: ['./activity', './bmc', './boot', './boot/decide', './boot/evidence', './inventory', 'db'],
    dhcp: ['./activity', './boot', './network', 'db'],
    tftp: ['./activity', './boot', './network'],
    'http/tls': [],
    http: ['./activity', './boot', './http/tls', './iso/files', './iso/source', './network', './reading'],
    'bmc-media': ['./bmc', './bmc/self-test', './http', './inventory', './iso/iso9660', './iso/source', './network'],
    settings: ['./activity', 'db'],
    supervisor: ['./activity', './network', 'db'],
    preflight: ['./activity', './bmc-media', './boot/files', './dhcp', './http', './inventory', './network', './settings', './supervisor'],
    support: ['./trust'],
    doctor: ['./boot/files', './network', './preflight', 'db', 'package.json'],
    handlers: [
      './activity',
      './bmc',
      './boot',
      './config/lint',
      './console',
      './inventory',
      './inventory/imports',
      './iscsi',
      './iso/profiles',
      './reading',
      './reimage',
      './trust',
      'db',
    ],
    management: ['./handlers', './management/rest', './management/rest/openapi'],
    'management/rest': ['./handlers', './management'],
    'management/rest/openapi': ['./management', './management/rest'],
    appliance: [
      './activity',
      './bmc',
      './bmc-media',
      './boot',
      './boot/decide',
      './boot/evidence',
      './boot/files',
      './boot/views',
      './console',
      './console/serial',
      './console/sol',
      './console/transcript',
      './console/triggers',
      './dhcp',
      './doctor',
      './handlers',
      './http',
      './inventory',
      './inventory/imports',
      './iscsi',
      './management',
      './network',
      './preflight',
      './reading',
      './reimage',
      './settings',
      './supervisor',
      './support',
      './tftp',
      './trust',
      'db',
      'package.json',
    ],
    thread: ['./appliance', './console/serial', './doctor', './handlers', './network', './support', 'db', 'package.json'],
  }),

  headless: ['contract', 'util', 'db', 'main-services/thread'],
  electron: ['contract', 'util', 'headless', 'main-services/thread'],
  cli: ['contract', 'util', 'cli/commands', 'headless'],
  'cli/commands': ['contract', 'util', 'cli', 'cli/console', 'headless'],
  'cli/console': ['contract', 'util', 'cli'],

  ...below('renderer', ['contract'], {
    format: [],
    store: [],
    connection: ['./store'],
    ui: ['./format', './store'],
    model: ['./format', './store', './ui'],
  }),

  // A feature uses another one only where it is listed here.
  ...below('renderer/features', ['contract', 'renderer/format', 'renderer/model', 'renderer/store', 'renderer/ui'], {
    help: [],
    doctor: [],
    events: [],
    reading: [],
    services: [],
    iscsi: [],
    discovered: [],
    jobs: [],
    palette: [],
    configs: [],
    images: ['renderer/connection'],
    network: ['./events', './iscsi', './services'],
    shell: ['./jobs', './network', './services'],
    'first-run': ['./images', './network'],
    bmc: ['./discovered'],
    reimage: ['./bmc', './jobs'],
    'machine-actions': ['./bmc', './jobs', './reimage'],
    hosts: ['./bmc', './discovered', './events'],
    host: ['./bmc', './events', './hosts', './iscsi', './jobs', './reading'],
    console: ['./events', './host'],
    bench: ['./events', './first-run', './jobs', './network', './reading', './services'],
  }),

  ...below('renderer', ['contract'], {
    '.': [
      './connection',
      './store',
      './ui',
      './features/bench',
      './features/configs',
      './features/console',
      './features/doctor',
      './features/first-run',
      './features/help',
      './features/host',
      './features/hosts',
      './features/images',
      './features/jobs',
      './features/machine-actions',
      './features/network',
      './features/palette',
      './features/shell',
    ],
  }),

  scripts: ['scripts/packaging', 'contract', 'test/unit/docs'],
  'scripts/packaging': [],
  bin: [],
  lint: ['lint/rules'],
  'lint/rules': ['lint'],
  'eslint.config.js': ['lint'],
  'electron.vite.config.ts': [],
  'vitest.config.ts': [],
};

/** The folders of a group under their complete names, each with what all of the group may import. */
function below(group: string, common: readonly string[], folders: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  const complete = (name: string) => (name === '.' ? group : name.startsWith('./') ? `${group}/${name.slice(2)}` : name);
  return Object.fromEntries(
    Object.entries(folders).map(([name, targets]) => [complete(name === '.' ? name : `./${name}`), [...common, ...targets].map(complete)]),
  );
}

/** What a folder may import; undefined for a folder that is not listed. test/ may import everything, and nothing else test/. */
export function allowedImports(folder: string): ((target: string) => boolean) | undefined {
  if (isTest(folder)) return () => true;
  const targets = FOLDERS[folder];
  return targets && ((target) => target === folder || targets.includes(target));
}

function isTest(folder: string): boolean {
  return folder === 'test' || folder.startsWith('test/');
}
