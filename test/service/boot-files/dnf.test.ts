import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOOT_FILES } from '../../../main-services/boot-files/catalogue.ts';
import { fetchFromDistribution, type FetchResult } from '../../../main-services/boot-files/fetch.ts';
import { readFetched } from '../../../main-services/boot-files/record.ts';
import { readSystem } from '../../../main-services/boot-files/system.ts';
import { ipxeProgram, MACHINE, uefiProgram } from '../../fixtures/boot-files.ts';
import { hasTools, RPM_TOOLS, RpmDistribution } from './rpm-repository.ts';

const IPXE = ipxeProgram();
const SNP = ipxeProgram(MACHINE.x64, '1.0.0+ (snp)');
const GRUB = uefiProgram({
  sections: { '.sbat': Buffer.from('sbat,1,x\ngrub,5,x,grub,2.12,x\ngrub.fedora,2,Fedora,grub2,2.12-5.fc44,x\n') },
});

// The real dnf and rpm against a repository that is built and signed here.
describe.skipIf(!hasTools(RPM_TOOLS))('boot files of Fedora', () => {
  let distribution: RpmDistribution;
  let dir: string;
  let result: FetchResult;
  const lines: string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'boot-files-dnf-'));
    distribution = new RpmDistribution([
      {
        ...{ name: 'ipxe-bootimgs-x86', version: '20240119', arch: 'noarch', signed: 'right' },
        files: { '/usr/share/ipxe/ipxe-x86_64.efi': IPXE, '/usr/share/ipxe/ipxe-snponly-x86_64.efi': SNP },
      },
      {
        name: 'ipxe-bootimgs-aarch64',
        version: '1',
        arch: 'noarch',
        signed: 'no',
        files: { '/usr/share/ipxe/arm64-efi/snponly.efi': ipxeProgram(MACHINE.arm64) },
      },
      { name: 'shim-x64', version: '16.1', arch: 'x86_64', signed: 'other', files: { '/boot/efi/EFI/fedora/shimx64.efi': uefiProgram() } },
      { name: 'grub2-efi-x64', version: '2.12', arch: 'x86_64', signed: 'right', files: { '/boot/efi/EFI/fedora/grubx64.efi': GRUB } },
    ]);
    const names = ['ipxe.efi', 'snp-x86_64.efi', 'snp-arm64.efi', 'shimx64.efi', 'grubx64.efi', 'undionly.kpxe'];
    const system = await readSystem(distribution.etc);
    result = await fetchFromDistribution({ dir, names, system, report: (line) => lines.push(line), files: BOOT_FILES });
  }, 120_000);
  afterAll(() => {
    distribution.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it('installs what a signed package has, byte for byte, and records package, version and hash', async () => {
    expect(result.installed).toEqual(['ipxe.efi', 'snp-x86_64.efi', 'grubx64.efi']);
    expect(readFileSync(join(dir, 'ipxe.efi')).equals(IPXE)).toBe(true);
    expect((await readFetched(dir))['snp-x86_64.efi']).toMatchObject({
      origin: 'package',
      from: 'Fedora Linux 44, package ipxe-bootimgs-x86 20240119-1, /usr/share/ipxe/ipxe-snponly-x86_64.efi',
    });
    expect((await readFetched(dir))['grubx64.efi']?.from).toContain('/boot/efi/EFI/fedora/grubx64.efi');
  });

  it('refuses a package without a signature, one signed by another key, and a file that the package does not have', () => {
    const about = (name: string) => result.problems.find((problem) => problem.startsWith(name));
    expect(result.problems).toHaveLength(3);
    expect(about('snp-arm64.efi')).toMatch(/ipxe-bootimgs-aarch64 has no valid signature.*digests OK/);
    expect(about('shimx64.efi')).toMatch(/shim-x64 has no valid signature.*SIGNATURES NOT OK/);
    expect(about('undionly.kpxe')).toContain('ipxe-bootimgs-x86 20240119-1 has no /usr/share/ipxe/undionly.kpxe');
  });

  it('leaves nothing but the files and the record', () => {
    expect(readdirSync(dir).sort()).toEqual(['.fetched.json', 'grubx64.efi', 'ipxe.efi', 'snp-x86_64.efi']);
  });
});
