// The program without a window as one archive: the files that electron-builder packs, boot files, Node for this platform, and bin/bootbench.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packWithoutElectron } from './pack.mjs';

const LAUNCHER = `#!/bin/sh
# Bootbench without a window: \`bootbench serve\`, \`bootbench help\`.
program="$(readlink -f "$0")"
home="$(dirname "$(dirname "$program")")"
exec "$home/node/bin/node" "$home/app/out/main/cli.js" "$@"
`;
const WINDOWS_LAUNCHER = '@"%~dp0..\\node\\node.exe" "%~dp0..\\app\\out\\main\\cli.js" %*\r\n';

/**
 * Writes bootbench-VERSION-PLATFORM-ARCH.tar.gz into `output`; returns its path. `resources` is the resources folder of a packed program. Without
 * it the program is packed here, which needs no Electron, but does not work on macOS. Throws an Error with a sentence.
 */
export function makeHeadlessArchive({ root, output, node, version, resources, platform = process.platform, arch = process.arch }) {
  const name = `bootbench-${version}-${platform}-${arch}`;
  const work = mkdtempSync(join(tmpdir(), 'headless-'));
  try {
    const folder = join(work, name);
    layOut({ root, folder, node, platform, resources: resources ?? packWithoutElectron({ root, folder: work }) });
    const archive = join(output, `${name}.tar.gz`);
    // bsdtar, of macOS and Windows, has other options for the owner than GNU's tar.
    const owner = platform === 'linux' ? ['--owner=0', '--group=0', '--sort=name'] : ['--uid', '0', '--gid', '0'];
    run('tar', [...owner, '-czf', archive, '-C', work, name]);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function layOut({ root, folder, node, platform, resources }) {
  const { extractAll } = createRequire(join(root, 'node_modules/electron-builder/package.json'))('@electron/asar');
  mkdirSync(folder);
  extractAll(join(resources, 'app.asar'), join(folder, 'app'));
  for (const part of ['boot-files', 'boot-files.json'])
    if (existsSync(join(resources, part))) cpSync(join(resources, part), join(folder, 'app', 'resources', part), { recursive: true });
  for (const name of ['LICENSE', 'sbom.cdx.json', 'third-party-notices.txt'])
    if (existsSync(join(resources, name))) copyFileSync(join(resources, name), join(folder, name));
  addNode(node, join(folder, 'node'), platform);
  mkdirSync(join(folder, 'bin'));
  if (platform === 'win32') writeFileSync(join(folder, 'bin', 'bootbench.cmd'), WINDOWS_LAUNCHER);
  else writeFileSync(join(folder, 'bin', 'bootbench'), LAUNCHER, { mode: 0o755 });
}

/** Node's program and its licence; npm's package of it has nothing else that runs. */
function addNode(node, folder, platform) {
  const program = realNode(node);
  const target = platform === 'win32' ? join(folder, 'node.exe') : join(folder, 'bin', 'node');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(program, target);
  chmodSync(target, 0o755);
  const licence = [join(dirname(program), 'LICENSE'), join(dirname(dirname(program)), 'LICENSE')].find((path) => existsSync(path));
  if (licence !== undefined) copyFileSync(licence, join(folder, 'LICENSE'));
}

/** On Windows .bin has a script; the program is in its package. */
function realNode(node) {
  if (!node.endsWith('.cmd')) return realpathSync(node);
  const text = readFileSync(node, 'utf8');
  const path = /%dp0%\\([^"]*node\.exe)/.exec(text)?.[1];
  if (path === undefined) throw new Error(`${node} names no node.exe.`);
  return join(dirname(node), path);
}

function run(program, args) {
  const done = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error(`${program} failed (${done.status ?? done.error?.message}).`);
}
