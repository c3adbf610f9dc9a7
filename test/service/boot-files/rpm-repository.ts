import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The programs that this repository and its client need; Debian's packages dnf, dnf-plugins-core, rpm, createrepo-c and gpg. */
export const RPM_TOOLS = ['dnf', 'rpmbuild', 'rpmsign', 'rpmkeys', 'rpm2cpio', 'createrepo_c', 'gpg'];

export function hasTools(tools: readonly string[]): boolean {
  return tools.every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined);
}

export interface RpmPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: 'noarch' | 'x86_64';
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Signed with the distribution's key, another key, or not at all. */
  readonly signed: 'right' | 'other' | 'no';
}

/** A distribution with a repository: `etc` has its os-release, yum.repos.d and key. */
export class RpmDistribution {
  readonly folder = mkdtempSync(join(tmpdir(), 'rpm-distribution-'));
  readonly etc = join(this.folder, 'etc');
  readonly #keys = { right: this.#key('right'), other: this.#key('other') };

  constructor(packages: readonly RpmPackage[]) {
    const key = join(this.etc, 'pki', 'RPM-GPG-KEY-test-44');
    const repository = join(this.folder, 'repository');
    mkdirSync(repository);
    for (const each of packages) this.#build(each, repository);
    execFileSync('createrepo_c', ['-q', repository]);
    write(key, execFileSync('gpg', ['--homedir', this.#keys.right, '--export', '--armor']));
    write(join(this.etc, 'os-release'), 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=44\nPRETTY_NAME="Fedora Linux 44"\n');
    const lines = ['[fedora]', 'name=Fedora', `baseurl=file://${repository}`, 'enabled=1', 'gpgcheck=1'];
    const off = ['[off]', 'name=Off', 'baseurl=file:///nowhere', 'enabled=0', 'gpgkey=file:///nowhere'];
    write(
      join(this.etc, 'yum.repos.d', 'fedora.repo'),
      [...lines, `gpgkey=file://${key.replace('44', '$releasever')}`, '', ...off, ''].join('\n'),
    );
  }

  remove(): void {
    for (const home of Object.values(this.#keys)) execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'ignore' });
    rmSync(this.folder, { recursive: true, force: true });
  }

  #key(name: string): string {
    const home = join(this.folder, `gpg-${name}`);
    mkdirSync(home, { mode: 0o700 });
    const gpg = ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', ''];
    execFileSync('gpg', [...gpg, '--quick-generate-key', `${name} <${name}@example.org>`, 'rsa2048', 'sign', 'never'], { stdio: 'ignore' });
    return home;
  }

  #build({ name, version, arch, files, signed }: RpmPackage, repository: string): void {
    const work = join(this.folder, 'build', name);
    const root = join(work, 'content');
    for (const [path, bytes] of Object.entries(files)) write(join(root, path), bytes);
    const spec = [
      ...[`Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: Boot files', 'License: GPL', ''],
      ...['%description', 'Boot files.', '', '%install', `cp -a ${root}/. %{buildroot}`, '', '%files', ...Object.keys(files), ''],
    ];
    write(join(work, 'package.spec'), spec.join('\n'));
    const defines = [`_topdir ${work}`, `_rpmdir ${repository}`, '__strip /bin/true', '__os_install_post %{nil}', '_build_id_links none'];
    const quiet = { stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] };
    execFileSync(
      'rpmbuild',
      ['-bb', '--target', arch, ...defines.flatMap((each) => ['--define', each]), join(work, 'package.spec')],
      quiet,
    );
    if (signed === 'no') return;
    const rpm = join(repository, arch, `${name}-${version}-1.${arch}.rpm`);
    const home = this.#keys[signed];
    execFileSync(
      'rpmsign',
      ['--define', '__gpg /usr/bin/gpg', '--define', `_gpg_name ${signed}`, '--define', `_gpg_path ${home}`, '--addsign', rpm],
      {
        ...quiet,
        env: { ...process.env, GNUPGHOME: home },
      },
    );
  }
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
