import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Host } from '../../../../contract/inventory.ts';
import type { HostIscsi } from '../../../../contract/iscsi.ts';
import { chapAccountOf } from '../../../../main-services/trust/chap.ts';
import { parsePath } from '../../../../main-services/boot/files/files.ts';
import { scriptFor, type ScriptContext } from '../../../../main-services/boot/script/script-answer.ts';
import {
  ipxeText,
  iscsiScript,
  kernelScript,
  localBootScript,
  viewFilesUrl,
  viewUrl,
  WAIT_ROUNDS,
  waitScript,
  withoutSecrets,
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
    iscsiPort: 3260,
    chapAccount: () => Promise.resolve(undefined),
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

describe('the script that boots from iSCSI', () => {
  const TARGET = 'iqn.2026-11.dev.bootbench:52-54-00-88-00-02';
  const INITIATOR = 'iqn.2026-11.dev.bootbench:initiator:52-54-00-88-00-02';
  const iscsiView = testView({ token: TOKEN, host: 'node1', mac: MAC, image: 'fedora', method: 'iscsi' });
  const iscsiWorld = (iscsi?: HostIscsi, more: Partial<ScriptContext> = {}) =>
    world({ assignment: armed, ...(iscsi && { iscsi }) }, { makeView: () => Promise.resolve(iscsiView), ...more });

  it('logs in to its own target, three times at most, and writes the iBFT', async () => {
    const { text, refused } = await scriptFor(iscsiWorld());
    expect(refused).toBe(false);
    expect(text).toBe(`#!ipxe
echo Bootbench: node1 boots fedora.
echo Bootbench: iSCSI disk iscsi:192.168.88.1::::${TARGET}
set initiator-iqn ${INITIATOR}
sanboot iscsi:192.168.88.1::::${TARGET} && goto left || goto again
:again
echo The ISO did not boot; retrying in 3 seconds.
sleep 3
sanboot iscsi:192.168.88.1::::${TARGET} && goto left || goto last
:last
echo The ISO did not boot again; last try in 10 seconds.
sleep 10
sanboot iscsi:192.168.88.1::::${TARGET} && goto left || goto failed
:failed
echo Bootbench: could not boot the ISO over iSCSI. See the error and the disk above.
sleep 15
exit 1
:left
echo Bootbench: the boot loader of the ISO exited.
exit 1
`);
  });

  it.each<[string, HostIscsi | undefined, Partial<ScriptContext>, RegExp]>([
    ['another port', undefined, { iscsiPort: 3261 }, /\nsanboot iscsi:192\.168\.88\.1::3261::iqn\./],
    ['a name of its own', { initiatorName: 'iqn.2026-01.org.example:alpha' }, {}, /\nset initiator-iqn iqn\.2026-01\.org\.example:alpha\n/],
    [
      'a disk that is kept after a failure, and removed before each new try',
      { keepSan: true },
      {},
      /\nset keep-san 1\nsanboot [^\n]*\n:again\n(?:[^\n]*\n){2}sanunhook --drive 0x80 \|\|\nsanboot [^\n]*\n:last\n(?:[^\n]*\n){2}sanunhook --drive 0x80 \|\|\nsanboot /,
    ],
  ])('%s', async (_name, iscsi, more, expected) => {
    const { text } = await scriptFor(iscsiWorld(iscsi, more));
    expect(text).toMatch(expected);
    expect(text).not.toContain('--no-describe');
  });

  it('CHAP: names and secrets as hex; without a stored secret no login at all', async () => {
    const chap = { username: 'u', reverseUsername: 'r' };
    const account = { name: 'u', secret: 'abcdefghijkl', mutual: { name: 'r', secret: 'lkjihgfedcba' } };
    const { text } = await scriptFor(iscsiWorld({ chap }, { chapAccount: () => Promise.resolve(account) }));
    expect(text).toContain(
      [
        'set username:hex 75',
        'set password:hex 61:62:63:64:65:66:67:68:69:6a:6b:6c',
        'set reverse-username:hex 72',
        'set reverse-password:hex 6c:6b:6a:69:68:67:66:65:64:63:62:61\n',
      ].join('\n'),
    );
    expect(withoutSecrets(text)).not.toMatch(/61:62|6c:6b/);
    expect(withoutSecrets(text)).toContain('set reverse-username:hex 72\nset reverse-password:hex ********\n');
    const none = { get: () => Promise.resolve(undefined) };
    const answer = await scriptFor(iscsiWorld({ chap }, { chapAccount: (host) => chapAccountOf(host, none) }));
    expect(answer).toMatchObject({ refused: true, message: expect.stringContaining('E_NO_CHAP_SECRET') as string });
    expect(answer.text).not.toContain('sanboot');
  });

  it('no secret, name or title can break out of its line', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 12,
      maxLength: 16,
    });
    const anything = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(printable, printable, anything, (name, secret, title) => {
        const login = { portal: '192.0.2.1', port: 3260, targetName: TARGET, initiatorName: INITIATOR, keepSan: false };
        const text = iscsiScript(title, { ...login, chap: { name, secret, mutual: { name: secret, secret: name } } });
        const shape = iscsiScript('', { ...login, chap: { name: 'a', secret: 'b', mutual: { name: 'c', secret: 'd' } } });
        const commands = (script: string) => script.split('\n').map((line) => line.split(' ')[0]);
        expect(commands(text)).toEqual(commands(shape));
        const [, echo = '', ...rest] = text.split('\n');
        expect(echo).toMatch(/^echo [\x20-\x7e]*$/);
        expect(echo.split(' ')).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:&&|\|\||#)/)]));
        expect(text).not.toContain('${');
        for (const line of rest.filter((one) => one.includes(':hex ')))
          expect(line).toMatch(/^set [a-z-]+:hex [0-9a-f]{2}(?::[0-9a-f]{2})*$/);
      }),
    );
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
