import { describe, expect, it } from 'vitest';
import { Host } from '../../../../contract/inventory.ts';
import { parsePath } from '../../../../main-services/boot/files/files.ts';
import { scriptFor, type ScriptContext } from '../../../../main-services/boot/script/script-answer.ts';
import {
  ipxeText,
  kernelScript,
  localBootScript,
  viewFilesUrl,
  viewUrl,
  WAIT_ROUNDS,
  waitScript,
} from '../../../../main-services/boot/script/scripts.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { hostInput, MAC } from '../../../fixtures/data-fixture.ts';
import { testView } from '../../../fixtures/view.ts';

const BOOT = 'http://192.168.88.1:7080';
const TOKEN = '0123456789abcdef0123456789abcdef';
const view = testView({ token: TOKEN, host: 'node1', mac: MAC, image: 'fedora' });

function world(host: Record<string, unknown>, more: Partial<ScriptContext> = {}): ScriptContext {
  const parsed = Host.parse({ ...hostInput('node1'), createdAt: 0, updatedAt: 0, ...host });
  return {
    identity: { kind: 'host', host: parsed, iface: parsed.interfaces[0]! },
    mac: MAC,
    unknown: 'ignore',
    bootUrl: BOOT,
    round: 0,
    makeView: () => Promise.resolve(view),
    ...more,
  };
}
const armed = { image: 'fedora', state: 'armed', armedAt: 1 };

describe('the script of a machine', () => {
  it('assigned: sanboots its own view by IP literal, without a query, ending in .iso', async () => {
    const { text, refused } = await scriptFor(world({ assignment: armed }));
    expect(refused).toBe(false);
    expect(text.startsWith('#!ipxe\n')).toBe(true);
    expect(text).toContain(`sanboot --no-describe ${BOOT}/iso/52-54-00-88-00-02/${TOKEN}/fedora.iso && goto left || goto again`);
  });

  it.each([
    ['without an assignment', {}, '\nexit 1\n'],
    ['assigned to localboot', { assignment: { ...armed, image: 'localboot' } }, '\nexit 1\n'],
    ['done once', { assignment: { ...armed, state: 'done' } }, '\nexit 1\n'],
    ['whose firmware needs sanboot', { localBoot: { kind: 'sanboot' } }, 'sanboot --no-describe --drive 0x80 || exit 1'],
    [
      'whose firmware needs a file',
      { localBoot: { kind: 'efi', file: '\\EFI\\fedora\\shimx64.efi' } },
      '--filename \\EFI\\fedora\\shimx64.efi || exit 1',
    ],
  ])('%s: boots its own disk', async (_name, host, expected) => {
    const { text } = await scriptFor(world(host));
    expect(text).toContain(expected);
    expect(text).not.toContain('/iso/');
  });

  it('unknown: leaves after saying why, or waits and asks again', async () => {
    const identity = { kind: 'unknown' as const };
    expect((await scriptFor(world({}, { identity, unknown: 'exit' }))).text).toMatch(/Unknown machine 52:54.*\nsleep 10\nexit 1\n$/);
    expect((await scriptFor(world({}, { identity, unknown: 'wait' }))).text).toMatch(
      /chain --replace --autofree http:\/\/192\.168\.88\.1:7080\/ipxe\?mac=\$\{netX\/mac\}.*&wait=1 \|\| exit 1\n$/,
    );
  });

  it('waiting always ends in exit', () => {
    expect(waitScript('x', BOOT, WAIT_ROUNDS)).toMatch(/\nexit 1\n$/);
    expect(waitScript('x', BOOT, WAIT_ROUNDS)).not.toContain('chain');
  });

  it('not who its MAC says: waits, and never gets the assignment', async () => {
    const { identity } = world({ assignment: armed });
    const { text, refused } = await scriptFor(
      world({}, { identity: identity.kind === 'host' ? { ...identity, kind: 'mismatch', message: 'Another machine.' } : identity }),
    );
    expect(refused).toBe(true);
    expect(text).toContain('Another machine.');
    expect(text).not.toContain('/iso/');
  });

  it('not allowed to netboot: says so', async () => {
    const { text } = await scriptFor(world({ interfaces: [{ mac: MAC, allowPXE: false }], assignment: armed }));
    expect(text).toContain('allowPXE=false');
  });

  it('an ISO that cannot be served becomes a sentence on the machine’s screen', async () => {
    const makeView = () => Promise.reject(new BootbenchError('E_IMAGE_GONE', 'The file /x.iso is gone.'));
    const { text, refused } = await scriptFor(world({ assignment: armed }, { makeView }));
    expect(refused).toBe(true);
    expect(text).toMatch(/echo Bootbench: E_IMAGE_GONE: The file \/x\.iso is gone\./);
  });
});

describe('the script that loads a kernel', () => {
  const files = viewFilesUrl(BOOT, MAC, TOKEN);
  const load = {
    kernelUrl: `${files}images/pxeboot/vmlinuz`,
    initrdUrls: [`${files}images/pxeboot/initrd.img`],
    words: ['a=1', 'x="b c"'],
  };

  it('names the initrd for UEFI kernels, hands the words on as they are, and leaves when something is missing', () => {
    expect(kernelScript('node1', load)).toBe(
      `#!ipxe
echo node1
imgfree
kernel ${files}images/pxeboot/vmlinuz initrd=initrd.img a=1 x="b c" || goto failed
initrd ${files}images/pxeboot/initrd.img || goto failed
boot || goto failed
:failed
echo Bootbench: could not load the kernel. See the error and the URL above.
sleep 15
exit 1
`,
    );
  });

  it.each(['mac=${mac}', '&&', ';'])('refuses %s, which iPXE would not hand on', (word) => {
    expect(() => kernelScript('node1', { ...load, words: [word] })).toThrow(expect.objectContaining({ code: 'E_BAD_INPUT' }));
  });
});

describe('text in scripts', () => {
  it('cannot run commands or expand settings', () => {
    expect(ipxeText('a\nexit && ${x} || # ü')).toBe('a exit and {x} or no.  ');
  });
  it('local boot titles are plain', () => {
    expect(localBootScript('a\nb', { kind: 'exit' })).toBe('#!ipxe\necho a b\nexit 1\n');
  });
  it('view URLs use dashes', () => {
    expect(viewUrl(BOOT, MAC, TOKEN, 'x')).toBe(`${BOOT}/iso/52-54-00-88-00-02/${TOKEN}/x.iso`);
  });
});

describe('names that clients ask for', () => {
  it.each([
    ['ipxe.efi', { file: 'ipxe.efi' }],
    ['/ipxe.efi', { file: 'ipxe.efi' }],
    ['//grubx64.efi', { file: 'grubx64.efi' }],
    ['./ipxe.efi', { file: 'ipxe.efi' }],
    ['\\ipxe.efi', { file: 'ipxe.efi' }],
    ['52-54-00-88-00-02/ipxe.efi', { mac: MAC, file: 'ipxe.efi' }],
    ['/52:54:00:88:00:02//ipxe.efi', { mac: MAC, file: 'ipxe.efi' }],
    ['525400880002', { file: '525400880002' }],
  ])('%s', (path, expected) => {
    expect(parsePath(path)).toEqual(expected);
  });
  it.each(['../etc/passwd', 'a/../../b', '52-54-00-88-00-02/../x', '', '/', 'a\0b', 'x'.repeat(600)])('%j is refused', (path) => {
    expect(typeof parsePath(path)).toBe('string');
  });
});
