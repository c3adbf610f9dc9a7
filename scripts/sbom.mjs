// `npm run sbom`: what the program contains, as CycloneDX 1.5 (out/sbom.cdx.json), and the licences of it (out/third-party-notices.txt). It is
// made of npm's own list of the installed packages; of those that are only development dependencies, the ones that the build bundled; of the
// native libraries with their hashes; and of the boot files that are present. The same input gives the same bytes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensureDependencies, ensureTypeScript, root } from './prepare.mjs';

/** In npm's tree, and left out of packages by electron-builder.yml: parts that are compiled, or used by development only. */
const NOT_PACKED = /^(nan|buildcheck|cpu-features|node-addon-api|node-(linux|win|darwin|bin-darwin)-.*|@serialport\/binding-mock)$/;
/** Packages that name no SPDX licence in their package.json, with the one of their licence file. */
const LICENCES = { ssh2: 'MIT' };
const NOTICE_FILE = /^(licen[cs]e|copying|notice)/i;

/** The components of the program, sorted by name. `bundled` are packages that the build put into its bundles, as `name@version`. */
export function contents(npmSbom, bundled) {
  const isIn = ({ name, version, properties }) =>
    !NOT_PACKED.test(name) &&
    (bundled.has(`${name}@${version}`) || !properties.some((each) => each.name === 'cdx:npm:package:development' && each.value === 'true'));
  return npmSbom.components
    .map((component) => ({ ...component, name: component['bom-ref'].replace(/(?<=.)@[^@]*$/, '') }))
    .filter(isIn)
    .map((component) => ({ ...component, scope: 'required', licenses: component.licenses ?? licenceOf(component) }))
    .sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
}

function licenceOf({ name }) {
  return LICENCES[name] === undefined ? undefined : [{ license: { id: LICENCES[name] } }];
}

/** Writes both files for the build in out/. Throws an Error with a sentence. */
export function writeSbom() {
  const npmSbom = JSON.parse(npm(['sbom', '--sbom-format', 'cyclonedx']));
  const bundled = new Set(readdirSync(join(root, 'out', 'bundled')).flatMap((file) => readJson('out', 'bundled', file)));
  const packages = contents(npmSbom, bundled);
  const folders = new Map(packages.map((component) => [component['bom-ref'], pathOf(component)]));
  const refs = new Set(folders.keys());
  const { version, license, description } = readJson('package.json');
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': `bootbench@${version}`,
        ...{ type: 'application', name: 'bootbench', version, description, purl: `pkg:npm/bootbench@${version}` },
        licenses: [{ license: { id: license } }],
      },
    },
    components: [...packages, electron(), ...[...folders.values()].flatMap(natives), ...bootFiles()],
    dependencies: npmSbom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) })),
  };
  // By its contents, so that a build can be repeated (RFC 9562 §5.8).
  const digest = createHash('sha256').update(JSON.stringify(bom)).digest('hex');
  const serial = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  write('sbom.cdx.json', `${JSON.stringify({ ...bom, serialNumber: `urn:uuid:${serial}` }, null, 1)}\n`);
  write('third-party-notices.txt', packages.map((component) => notice(component, folders.get(component['bom-ref']))).join('\n'));
}

function write(name, text) {
  writeFileSync(join(root, 'out', name), text);
  console.error(`out/${name}: ${text.length} bytes`);
}

/** Where a component is installed: npm's list does not say. */
function pathOf({ name, version }) {
  const { packages } = readJson('package-lock.json');
  const path = Object.keys(packages).find((each) => each.endsWith(`node_modules/${name}`) && packages[each].version === version);
  if (path === undefined) throw new Error(`${name} ${version} is not in package-lock.json.`);
  return path;
}

/** Its own runtime, which electron-builder puts around the program. */
function electron() {
  const { version } = readJson('node_modules', 'electron', 'package.json');
  const [, integrity] = /^sha512-(.*)$/.exec(readJson('package-lock.json').packages['node_modules/electron'].integrity) ?? [];
  return {
    ...{ type: 'framework', 'bom-ref': `electron@${version}`, name: 'electron', version, scope: 'required' },
    purl: `pkg:npm/electron@${version}`,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity ?? '', 'base64').toString('hex') }],
    licenses: [{ license: { id: 'MIT' } }],
  };
}

/** Native libraries of a package: prebuilt, part of its archive, and covered by the hash of the lock file. */
function natives(folder) {
  const name = folder.replace(/^node_modules\//, '');
  return globSync('**/*.node', { cwd: join(root, folder) })
    .filter(isPacked)
    .sort()
    .map((path) => fileComponent(`${name}/${path}`, join(folder, path), `part of the archive of ${name}`));
}

/** As electron-builder.yml chooses them: of this platform, and not for musl. */
function isPacked(path) {
  if (!path.includes('prebuilds')) return true;
  return path.includes(process.platform) && path.includes(process.arch) && !path.includes('musl');
}

function bootFiles() {
  const folder = join('resources', 'boot-files');
  const known = readJson('resources', 'boot-files.json').files;
  if (!existsSync(join(root, folder))) return [];
  return known
    .filter(({ name }) => existsSync(join(root, folder, name)))
    .map(({ name, sha256, source }) => {
      const component = fileComponent(`boot-files/${name}`, join(folder, name));
      const isOfPackage = component.hashes[0].content === sha256;
      const provenance = isOfPackage
        ? `Debian package ${source.package} ${source.version}, checked by its signature`
        : 'a file of the builder';
      const licenses = /ipxe/.test(source.package) ? [{ license: { id: 'GPL-2.0-or-later' } }] : undefined;
      return { ...component, ...(licenses && { licenses }), properties: [provenanceOf(provenance)] };
    });
}

function fileComponent(name, path, provenance) {
  const content = createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('hex');
  return {
    ...{ type: 'file', 'bom-ref': `file:${name}`, name, scope: 'required' },
    hashes: [{ alg: 'SHA-256', content }],
    properties: provenance === undefined ? [] : [provenanceOf(provenance)],
  };
}

function provenanceOf(value) {
  return { name: 'bootbench:provenance', value };
}

function notice({ name, version, licenses }, folder) {
  const id = licenses?.map((each) => each.expression ?? each.license.id ?? each.license.name).join(', ') ?? 'see below';
  const texts = readdirSync(join(root, folder))
    .filter((file) => NOTICE_FILE.test(file) && !file.includes('.js'))
    .sort()
    .map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  return [`${'='.repeat(80)}`, `${name} ${version}: ${id}`, '', ...texts, ''].join('\n');
}

function readJson(...path) {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8'));
}

function npm(args) {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureTypeScript(import.meta.url);
  ensureDependencies();
  ensureBuild();
  writeSbom();
}
