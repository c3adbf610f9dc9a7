#!/usr/bin/env node
// Makes a deb or rpm of folders and files with this system's dpkg-deb or rpmbuild. electron-builder calls it as CUSTOM_FPM_PATH, with the
// options of fpm that it uses, instead of downloading fpm (a bundle with its own Ruby). An option that is unknown here is an error, so that
// nothing of a package is lost silently.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Options with a value; those in LISTS may be given again and again. */
const VALUES = {
  '-s': 'source',
  '-t': 'target',
  '--architecture': 'architecture',
  '--after-install': 'afterInstall',
  '--after-remove': 'afterRemove',
  '--description': 'description',
  '--version': 'version',
  '--iteration': 'iteration',
  '--package': 'package',
  '--name': 'name',
  '--maintainer': 'maintainer',
  '--vendor': 'vendor',
  '--url': 'url',
  '--category': 'category',
  '--license': 'license',
  '--deb-priority': 'priority',
  '--deb-compression': 'compression',
  '--rpm-summary': 'summary',
  '--rpm-os': 'os',
  '--rpm-compression': 'compression',
};
const LISTS = { '-d': 'depends', '--deb-recommends': 'recommends' };
const FLAGS = ['--force'];

/** A failure that is printed as one sentence. */
class Sentence extends Error {}

/** fpm's command line: the options by name, and `SOURCE=TARGET` for each folder (`SOURCE/`) and file. Throws an Error with a sentence. */
export function optionsOf(args) {
  const options = { depends: [], recommends: [], mappings: [] };
  for (let at = 0; at < args.length; at++) {
    const [arg, inline] = split(args[at]);
    if (FLAGS.includes(arg)) continue;
    if (!arg.startsWith('-')) {
      options.mappings.push(mappingOf(args[at]));
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined) throw new Sentence(`${arg} needs a value.`);
    if (arg in LISTS) options[LISTS[arg]].push(value);
    else if (arg in VALUES) options[VALUES[arg]] = value;
    else throw new Sentence(`${arg} is not supported.`);
  }
  if (options.source !== 'dir') throw new Sentence('Only -s dir is supported.');
  return options;
}

function split(arg) {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return at === -1 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

function mappingOf(text) {
  const at = text.lastIndexOf('=');
  if (at === -1) throw new Sentence(`${text}: write SOURCE=TARGET.`);
  return { source: text.slice(0, at), target: text.slice(at + 1) };
}

/** Lays the package's files out under `root`. Folders get mode 0755, whatever the umask is; files lose write access for others. */
function layOut(mappings, root) {
  for (const { source, target } of mappings) {
    const to = join(root, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(source, to, { recursive: true, verbatimSymlinks: true });
  }
  settleModes(root);
}

function settleModes(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settleModes(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o111 ? 0o755 : 0o644);
  }
}

/** Debian Policy 5.3: one field a line; the description's further lines start with a space, and its empty ones are dots. */
export function controlOf(options, installedKib) {
  const [synopsis = '', ...more] = options.description.split('\n');
  const fields = {
    Package: options.name,
    Version: versionOf(options),
    Section: options.category ?? 'misc',
    Priority: options.priority ?? 'optional',
    Architecture: options.architecture,
    Maintainer: options.maintainer,
    Homepage: options.url,
    'Installed-Size': installedKib,
    Depends: options.depends.join(', '),
    Recommends: options.recommends.join(', '),
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}: ${value}`]));
  const description = more.map((line) => (line.trim() === '' ? ' .' : ` ${line.trim()}`));
  return [...lines, `Description: ${synopsis.trim()}`, ...description, ''].join('\n');
}

const versionOf = ({ version, iteration }) => (iteration === undefined ? version : `${version}-${iteration}`);

function makeDeb(options, work) {
  const root = join(work, 'root');
  mkdirSync(root);
  layOut(options.mappings, root);
  const kib = Number(output('du', ['-sk', '--apparent-size', root]).split('\t')[0]);
  const sums = filesIn(root).map((path) => output('md5sum', ['--', path], root));
  const control = join(root, 'DEBIAN');
  mkdirSync(control);
  chmodSync(control, 0o755);
  writeFileSync(join(control, 'control'), controlOf(options, kib));
  writeFileSync(join(control, 'md5sums'), sums.join(''));
  for (const [name, script] of [
    ['postinst', options.afterInstall],
    ['postrm', options.afterRemove],
  ])
    if (script !== undefined) writeFileSync(join(control, name), readFileSync(script), { mode: 0o755 });
  const compression = { gz: 'gzip' }[options.compression] ?? options.compression ?? 'xz';
  run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, options.package]);
}

/** Paths relative to `root`, without folders and links. */
function filesIn(root, folder = '') {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(root, path) : entry.isFile() ? [path] : [];
  });
}

/** electron-builder passes Debian's names, which fpm translates. */
const RPM_ARCHITECTURE = { amd64: 'x86_64', arm64: 'aarch64' };
const RPM_COMPRESSION = { xzmt: 'w6T0.xzdio', xz: 'w6.xzdio', gzip: 'w6.gzdio', gz: 'w6.gzdio', bzip2: 'w9.bzdio', none: 'w0.gzdio' };

/**
 * The spec of a package whose files are complete: nothing is stripped, and no dependency is derived from them. `folders` are those that belong to
 * the package alone with all that is in them; `files` are single ones, and `%dir PATH` for a folder of theirs that goes with the package.
 */
export function specOf(options, folders, files) {
  const script = (name, path) => (path === undefined ? [] : [name, escaped(readFileSync(path, 'utf8')), '']);
  return [
    `%define _binary_payload ${RPM_COMPRESSION[options.compression] ?? RPM_COMPRESSION.xzmt}`,
    '%define _build_id_links none',
    '%global __os_install_post %{nil}',
    `Name: ${options.name}`,
    `Version: ${options.version}`,
    `Release: ${options.iteration ?? '1'}`,
    `Summary: ${escaped(options.summary ?? options.description.split('\n')[0])}`,
    `License: ${options.license ?? 'unknown'}`,
    `Vendor: ${escaped(options.vendor ?? options.maintainer)}`,
    `Packager: ${escaped(options.maintainer)}`,
    ...(options.url === undefined ? [] : [`URL: ${escaped(options.url)}`]),
    'AutoReqProv: no',
    ...options.depends.map((name) => `Requires: ${name}`),
    '',
    '%description',
    escaped(options.description),
    '',
    ...script('%post', options.afterInstall),
    ...script('%postun', options.afterRemove),
    '%files',
    '%defattr(-, root, root)',
    ...[...folders, ...files].map((path) => (path.startsWith('%dir ') ? path : `"${escaped(path)}"`)),
    '',
  ].join('\n');
}

const escaped = (text) => text.replaceAll('%', '%%');

function makeRpm(options, work) {
  const root = join(work, 'root');
  mkdirSync(root);
  layOut(options.mappings, root);
  const isFolder = ({ source }) => source.endsWith('/');
  const folders = options.mappings.filter(isFolder).map(({ target }) => target);
  const files = options.mappings.filter((mapping) => !isFolder(mapping)).map(({ target }) => target);
  const own = files.map((path) => dirname(path)).filter((path) => basename(path) === options.name);
  const spec = join(work, 'package.spec');
  writeFileSync(spec, specOf(options, folders, [...own.map((path) => `%dir ${path}`), ...files]));
  const defines = { _topdir: work, _rpmdir: join(work, 'rpms'), buildroot: root, _rpmfilename: 'package.rpm' };
  const args = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const architecture = RPM_ARCHITECTURE[options.architecture] ?? options.architecture;
  run('rpmbuild', ['-bb', '--quiet', '--target', `${architecture}-${options.os ?? 'linux'}`, '--buildroot', root, ...args, spec]);
  cpSync(join(work, 'rpms', 'package.rpm'), options.package);
}

function output(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (done.status !== 0) throw new Sentence(`${program} failed: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}

function run(program, args) {
  const done = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.error?.code === 'ENOENT')
    throw new Sentence(`${program} is not installed. On Debian: apt install ${{ rpmbuild: 'rpm' }[program] ?? 'dpkg'}`);
  if (done.status !== 0) throw new Sentence(`${program} failed (${done.status ?? done.error?.message}).`);
}

const MAKERS = { deb: makeDeb, rpm: makeRpm };

function main(args) {
  if (args.includes('--version') && args.length === 1) return console.log('1.17.0');
  const options = optionsOf(args);
  const make = MAKERS[options.target];
  if (make === undefined) throw new Sentence(`-t ${options.target}: only deb and rpm are supported.`);
  const work = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    make(options, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'fpm.mjs') {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Sentence)) throw error;
    console.error(`fpm: ${error.message}`);
    process.exitCode = 1;
  }
}
