// Debian's kernel for the guests of the lab and the demo: fetched by apt into the cache, never installed. Needs no root.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAB = resolve(dirname(fileURLToPath(import.meta.url)), '../test');
const FOLDER = join(LAB, 'output/lab-cache/kernel');

/** What of the kernel package goes into the guest; the rest of it (400 MB of modules) is not unpacked. */
const MODULES = ['network', 'medium', 'iscsi'].map((group) => readFileSync(join(LAB, `lab/guest/${group}-modules.txt`), 'utf8')).join('');
const PARTS = [
  './boot/vmlinuz-*',
  ...MODULES.trim()
    .split('\n')
    .map((part) => `./lib/modules/*/kernel/${part}`),
];

/**
 * Fetches and unpacks the kernel of Debian's meta package unless one is there, of whatever version, with all these modules. Throws an
 * Error with a sentence.
 */
export function ensureGuestKernel(say) {
  const there = fetched();
  if (there) return say(`The guest kernel is ready: ${there}.`);
  const name = kernelPackage();
  if (!name) throw new Error('apt does not list linux-image-amd64. On Debian, run `npm run setup:lab` as root once.');
  say(`Downloading ${name} for the guests…`);
  mkdirSync(FOLDER, { recursive: true });
  const work = mkdtempSync(join(FOLDER, 'tmp-'));
  try {
    run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', name], work);
    const deb = readdirSync(work).find((file) => file.endsWith('.deb'));
    run('bash', ['-o', 'pipefail', '-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards "$@"', deb, ...PARTS], work);
    rmSync(join(work, deb));
    writeFileSync(join(work, 'done'), MODULES);
    chmodSync(work, 0o755);
    rmSync(join(FOLDER, name), { recursive: true, force: true });
    renameSync(work, join(FOLDER, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`The guest kernel is ready: ${name}.`);
}

/** The package that the meta package stands for; undefined where apt has no lists. */
export function kernelPackage() {
  const answer = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  return /Depends: (linux-image-\S+-amd64)\b/.exec(answer.stdout ?? '')?.[1];
}

function fetched() {
  if (!existsSync(FOLDER)) return undefined;
  const isComplete = (mark) => existsSync(mark) && readFileSync(mark, 'utf8') === MODULES;
  return readdirSync(FOLDER).find((name) => isComplete(join(FOLDER, name, 'done')));
}

function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) throw new Error(`${program} failed (${done.status ?? done.error?.message}); the guest kernel is missing.`);
}
