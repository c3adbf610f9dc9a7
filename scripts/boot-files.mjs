// Fetches the boot files that resources/boot-files.json names into resources/boot-files/: from Debian's own packages, by apt,
// which checks their signatures, from the mirror that this system's apt already uses. No root, nothing installed, no
// system file touched. Does nothing, and needs no network, when every file is there.
//
//   node scripts/boot-files.mjs [--dir FOLDER] [--catalogue FILE] [NAME…]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** What this script wrote before, by name: such a file may be replaced, a file that the user put there may not. */
const FETCHED = '.fetched.json';

/** A failure that is printed as one sentence, without a stack. */
class Sentence extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Sentence)) throw error;
  console.error(`boot-files: ${error.message}`);
  process.exitCode = 1;
}

async function main(args) {
  const { dir, catalogue, names } = options(args);
  const files = chosen((await readJson(catalogue)).files, names);
  const states = await Promise.all(files.map((file) => stateOf(file, dir)));
  for (const { file, state } of states) if (state === 'other') console.log(`${file.name}: your own file stays in place.`);
  const wanted = states.filter(({ state }) => state === 'missing' || state === 'stale').map(({ file }) => file);
  if (wanted.length === 0) {
    console.log(`boot-files: all ${files.length} files are in ${dir}.`);
    return 0;
  }
  const problems = await fetchAll(wanted, dir, await debian(wanted, dir));
  for (const problem of problems) console.error(`boot-files: ${problem}`);
  if (problems.length === 0) console.log(`boot-files: all ${files.length} files are in ${dir}.`);
  return problems.length === 0 ? 0 : 1;
}

function options(args) {
  const found = { dir: join(root, 'resources/boot-files'), catalogue: join(root, 'resources/boot-files.json'), names: [] };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (arg === '--dir' || arg === '--catalogue') {
      if (args[at + 1] === undefined) throw new Sentence(`${arg} needs a value.`);
      found[arg.slice(2)] = resolve(args[++at]);
    } else if (arg.startsWith('-'))
      throw new Sentence(`${arg} is not an option. Usage: boot-files [--dir FOLDER] [--catalogue FILE] [NAME…]`);
    else found.names.push(arg);
  }
  return found;
}

function chosen(files, names) {
  for (const name of names)
    if (!files.some((file) => file.name === name))
      throw new Sentence(`${name} is not in the catalogue; it has ${files.map((file) => file.name).join(', ')}.`);
  return names.length === 0 ? files : files.filter((file) => names.includes(file.name));
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Sentence(`${path} cannot be read: ${error.message}`);
  }
}

/** missing · right · stale (fetched for an older catalogue) · other (the user's). */
async function stateOf(file, dir) {
  const bytes = await readFile(join(dir, file.name)).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Sentence(`${join(dir, file.name)} cannot be read: ${error.message}`);
  });
  if (bytes === undefined) return { file, state: 'missing' };
  const hash = sha256(bytes);
  if (hash === file.sha256) return { file, state: 'right' };
  return { file, state: (await fetched(dir))[file.name] === hash ? 'stale' : 'other' };
}

async function fetched(dir) {
  return readFile(join(dir, FETCHED), 'utf8').then(JSON.parse, () => ({}));
}

/** The system's own Debian repositories, or an error that says what to do manually. */
async function debian(wanted, dir) {
  const release = await osRelease();
  const tools = ['apt-get', 'dpkg-deb'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (release.ID !== 'debian' || tools.length > 0) throw new Sentence(manualSteps(wanted, dir));
  const repositories = candidates(await aptSources(), release.VERSION_CODENAME);
  if (repositories.length === 0) throw new Sentence(`The apt sources of this system name no Debian mirror. ${manualSteps(wanted, dir)}`);
  return repositories;
}

function manualSteps(wanted, dir) {
  const list = wanted.map(({ name, source }) => `  ${name}  (${source.path} of Debian ${source.suite}'s package ${source.package})`);
  return `These files can be fetched on Debian only. Put them into ${dir} yourself; any current build of the same kind works:\n${list.join('\n')}`;
}

async function osRelease() {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)].map((match) => [match[1], match[2]]));
}

/** All of the system's apt sources, both formats (sources.list(5)), as {uri, suites, components, signedBy}. */
async function aptSources() {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const paths = ['/etc/apt/sources.list', ...parts.sort().map((name) => `/etc/apt/sources.list.d/${name}`)];
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })));
  return texts.flatMap(({ path, text }) => {
    if (path.endsWith('.list')) return oneLineSources(text);
    return path.endsWith('.sources') ? deb822Sources(text) : [];
  });
}

function oneLineSources(text) {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#\n]*)/gm)].map(
    ([, settings = '', uri, suite, components]) => ({
      uri,
      suites: [suite],
      components: words(components),
      signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(settings)?.[1],
    }),
  );
}

function deb822Sources(text) {
  const stanzas = text.replace(/^#.*\n/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = Object.fromEntries(
      [...stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(([, name, value]) => [name.toLowerCase(), value.trim()]),
    );
    if (!words(fields.types).includes('deb') || /^(no|false|0)$/i.test(fields.enabled ?? '')) return [];
    // A key written into the stanza itself is not a path; apt's own trusted keys then decide.
    const signedBy = fields['signed-by']?.startsWith('/') ? fields['signed-by'] : undefined;
    return words(fields.uris).map((uri) => ({ uri, suites: words(fields.suites), components: words(fields.components), signedBy }));
  });
}

function words(text = '') {
  return text.split(/\s+/).filter(Boolean);
}

/** Repositories that look like Debian's own archive; those whose path ends in /debian first. */
function candidates(sources, codename) {
  const suites = [codename, 'stable', 'oldstable', 'testing', 'unstable', 'sid'];
  const fitting = sources.filter(
    ({ uri, suites: theirs, components }) =>
      /^(https?|file|mirror|mirror\+\w+|ftp):/.test(uri) && components.includes('main') && theirs.some((suite) => suites.includes(suite)),
  );
  const unique = fitting.filter((source, at) => fitting.findIndex((other) => other.uri === source.uri) === at);
  const named = ({ uri }) => (/\/debian\/?$/.test(uri) ? 0 : 1);
  return unique.sort((a, b) => named(a) - named(b));
}

/** Gets every wanted file, suite by suite; returns a sentence for each that could not be downloaded. */
async function fetchAll(wanted, dir, repositories) {
  await mkdir(dir, { recursive: true }).catch((error) => {
    throw new Sentence(`${dir} cannot be created: ${error.message}`);
  });
  const work = await mkdtemp(join(tmpdir(), 'boot-files-'));
  try {
    const problems = [];
    for (const suite of new Set(wanted.map((file) => file.source.suite))) {
      const files = wanted.filter((file) => file.source.suite === suite);
      problems.push(...(await fetchSuite(suite, files, { dir, repositories, work: join(work, suite) })));
    }
    return problems;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchSuite(suite, files, { dir, repositories, work }) {
  const apt = await openSuite(suite, repositories, work);
  if (apt.problem) return [apt.problem];
  const problems = [];
  const packages = new Set(files.map((file) => `${file.source.package}:${aptArchitecture(file.source)}`));
  for (const name of packages) {
    const own = files.filter((file) => `${file.source.package}:${aptArchitecture(file.source)}` === name);
    problems.push(...(await fetchPackage(name, own, { apt, dir, work })));
  }
  return problems;
}

/** Packages of architecture "all" are listed with every architecture. */
function aptArchitecture(source) {
  return source.packageArchitecture === 'all' ? 'amd64' : source.packageArchitecture;
}

/** Reads the suite's package lists into a private folder, from the first repository that has the suite. */
async function openSuite(suite, repositories, work) {
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  const failures = [];
  for (const repository of repositories) {
    const sourceList = join(work, 'sources.list');
    const signedBy = repository.signedBy ? ` signed-by=${repository.signedBy}` : '';
    await writeText(sourceList, `deb [arch=amd64,arm64${signedBy}] ${repository.uri} ${suite} main\n`);
    console.log(`Reading the package lists of Debian ${suite} from ${new URL(repository.uri).host || repository.uri}…`);
    const run = aptGet(work, ['update', '--error-on=any']);
    if (run.status === 0) return { work };
    failures.push(lastLine(run));
  }
  return { problem: `Debian ${suite}'s package lists could not be read: ${failures.join(' / ')}. Is this machine online?` };
}

function aptGet(work, command, cwd = work) {
  const settings = [
    `Dir::Etc::SourceList=${join(work, 'sources.list')}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Dir::Etc::Preferences=/dev/null',
    'Dir::Etc::PreferencesParts=/dev/null',
    `Dir::State::Lists=${join(work, 'lists')}`,
    'Dir::State::Status=/dev/null',
    `Dir::Cache::Archives=${work}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'APT::Architecture=amd64',
    'APT::Architectures::=amd64',
    'APT::Architectures::=arm64',
    'APT::Default-Release=',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Retries=2',
  ].flatMap((setting) => ['-o', setting]);
  return spawnSync('apt-get', ['-q', ...settings, ...command], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, LC_ALL: 'C' },
  });
}

/** apt's first error; its warnings about the private folder say nothing new. */
function lastLine(run) {
  if (run.error) return run.error.message;
  const lines = `${run.stderr}`.trim().split('\n');
  return (
    (lines.find((line) => line.startsWith('E:')) ?? lines.at(-1) ?? '').replace(/^[EW]: ?/, '') ||
    `apt-get ended with ${run.status ?? run.signal}`
  );
}

async function fetchPackage(name, files, { apt, dir, work }) {
  const folder = join(work, name.replace(':', '-'));
  await mkdir(folder);
  console.log(`Downloading ${name}…`);
  const run = aptGet(apt.work, ['download', name], folder);
  const deb = (await readdir(folder)).find((file) => file.endsWith('.deb'));
  if (run.status !== 0 || !deb) return [`The package ${name} could not be downloaded: ${lastLine(run)}`];
  const version = spawnSync('dpkg-deb', ['-f', deb, 'Version'], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  const unpacked = spawnSync('dpkg-deb', ['-x', deb, 'tree'], { cwd: folder, encoding: 'utf8' });
  if (unpacked.status !== 0) return [`The package ${name} could not be unpacked: ${lastLine(unpacked)}`];
  const results = [];
  for (const file of files) results.push(await install(file, { tree: join(folder, 'tree'), version, dir }));
  return results.filter((result) => result !== undefined);
}

/** Verifies one file and moves it into place; returns a sentence when it differs from the catalogue. */
async function install(file, { tree, version, dir }) {
  const { suite, package: name, path, version: expected } = file.source;
  const bytes = await readFile(join(tree, path)).catch(() => undefined);
  if (bytes === undefined || sha256(bytes) !== file.sha256) {
    const what = bytes === undefined ? `has no ${path}` : `has another ${path} (sha256 ${sha256(bytes)})`;
    const moved = version === expected ? '' : `; the catalogue was written for ${expected}`;
    return `${file.name} was not installed: Debian ${suite}'s ${name} is ${version} and ${what}${moved}. resources/boot-files.json needs an update.`;
  }
  await writeFileWhole(dir, file.name, bytes);
  await writeFileWhole(dir, FETCHED, `${JSON.stringify({ ...(await fetched(dir)), [file.name]: file.sha256 }, null, 2)}\n`);
  console.log(`${file.name}: ${path} of ${name} ${version}, sha256 verified.`);
  return undefined;
}

/** By rename, so that a reader never sees half a file. */
async function writeFileWhole(dir, name, bytes) {
  const temporary = join(dir, `.${name}.${process.pid}.tmp`);
  try {
    await writeText(temporary, bytes);
    await rename(temporary, join(dir, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Sentence(`${join(dir, name)} cannot be written: ${error.message}`);
  }
}

async function writeText(path, bytes) {
  const handle = await open(path, 'w', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
