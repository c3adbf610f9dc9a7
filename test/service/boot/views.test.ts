import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import { viewRows } from '../../../db/views.ts';
import type { BootService } from '../../../main-services/boot/boot.ts';
import type { ImageLibrary } from '../../../main-services/boot/views/image-library.ts';
import type { Inventory } from '../../../main-services/inventory/inventory.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { hostInput, MAC, openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { BOOT_URL, openBootFixture, type TestNetwork } from './boot-fixture.ts';

const GRUB = `linux /vmlinuz ${TINKERBELL_PLACEHOLDER} tail\n`;
const OTHER = '52:54:00:88:00:03';
const IP = '192.168.88.50';
/** Leased to node2. */
const OTHER_IP = '192.168.88.60';
const STRANGER_IP = '192.168.88.99';
const NEW_MAC = '52:54:00:99:99:99';

let bench: DataFixture;
let boot: BootService;
let inventory: Inventory;
let network: TestNetwork;
let rowsRead: () => number;
let iso: string;
const libraries: ImageLibrary[] = [];

function start(settings: Record<string, unknown> = {}): void {
  const opened = openBootFixture(bench, network, settings);
  ({ boot, inventory, rowsRead } = opened);
  libraries.push(opened.library);
}

function restart(): void {
  bench = bench.reopen();
  start();
}

beforeEach(async () => {
  bench = openData();
  network = {
    leases: new Map([[OTHER_IP, OTHER]]),
    neighbours: new Map([
      [IP, MAC],
      [OTHER_IP, OTHER],
      [STRANGER_IP, NEW_MAC],
    ]),
    routed: 'refuse',
  };
  iso = join(mkdtempSync(join(bench.dataDir, 'isos-')), 'lab.iso');
  writeFileSync(
    iso,
    buildIso({
      files: [
        { path: 'boot/grub.cfg', bytes: Buffer.from(GRUB) },
        { path: 'vmlinuz', bytes: Buffer.from('kernel') },
        { path: 'boot/loader', bytes: Buffer.from('loader') },
      ],
      boot: { platform: 0, entries: [{ path: 'boot/loader', platform: 0, count: 4 }] },
      rockRidge: true,
    }),
  );
  start();
  inventory.addConfig(
    ConfigInput.parse({
      name: 'ks',
      format: 'kickstart',
      files: { 'ks.cfg': 'hostname {{ host.name }}\n', 'post.sh': 'echo {{ host.mac }}\n' },
    }),
  );
  await inventory.addImage(ImageInput.parse({ name: 'lab', source: { type: 'file', path: iso }, bootConfigs: ['ks'] }));
  inventory.addHost(hostInput('node1', MAC, { ip: IP, extraArgs: 'if=1' }));
  inventory.addHost(hostInput('node2', OTHER));
  inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'ks', args: 'inst.ks={{ config.url }}' }));
});
afterEach(async () => {
  for (const library of libraries.splice(0)) await library.close();
  rmSync(iso, { force: true });
  bench.dispose();
});

const scriptUrl = async (mac = MAC): Promise<{ token: string; text: string }> => {
  const { text } = await boot.script({ mac, ip: mac === MAC ? IP : OTHER_IP });
  return { text, token: /\/iso\/[0-9a-f-]+\/([0-9a-f]{32})\//.exec(text)?.[1] ?? '' };
};
const bytesOf = async (token: string, mac = MAC): Promise<string> => {
  const { source } = await boot.view(mac, token);
  return Buffer.from(await source.read(0, source.size)).toString('latin1');
};

describe('b7: a host that is armed while the clock is wrong', () => {
  const YEAR = 365 * 86_400_000;
  const disk = async () => {
    const found = inventory.findByMac(MAC);
    if (!found) throw new Error('no host');
    return boot.networkDisk({ kind: 'host', ...found } as never);
  };
  const order = (args: string) => inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'ks', args }));

  it.each([120_000, YEAR])(
    'boots what it was armed for, by its script and its disk, after the clock was set back by %d ms',
    async (step) => {
      bench.clock.step(step);
      order('n=1');
      bench.clock.step(-step);
      const { token } = await scriptUrl();
      expect((await disk()).token).toBe(token);
      expect(await bytesOf((await disk()).token)).toContain('n=1');
      const config = await boot.configByAddress(IP);
      expect(config.text).toContain('node1');
      // Its time alone would say that it was given before the arming.
      const before = viewRows(bench.db).get(token)?.createdAt;
      await scriptUrl();
      expect(viewRows(bench.db).get(token)?.createdAt).toBe(before);
    },
  );

  it.each([120_000, YEAR])('never boots what was given before the arming, %d ms ahead', async (step) => {
    bench.clock.step(step);
    order('n=1');
    const { token } = await scriptUrl();
    bench.clock.step(-step);
    order('n=2');
    const view = await disk();
    expect(view.token).not.toBe(token);
    expect(await bytesOf(view.token)).toContain('n=2');
  });
});

describe('a view', () => {
  it('that is read stays open while hundreds of others come and go', async () => {
    const { token } = await scriptUrl();
    const first = await boot.view(MAC, token);
    for (let other = 0; other < 300; other++) {
      inventory.assign('node2', AssignmentInput.parse({ image: 'lab', args: `n=${other}` }));
      await boot.view(OTHER, (await scriptUrl(OTHER)).token);
      expect(await boot.view(MAC, token)).toBe(first);
    }
  });

  it('holds the host’s own arguments where the placeholder was, padded, and everything else unchanged', async () => {
    const { token } = await scriptUrl();
    const text = await bytesOf(token);
    const at = text.indexOf('linux /vmlinuz ');
    const line = text.slice(at + 15, at + 15 + 1024);
    expect(line.trimEnd()).toBe(
      `console=ttyAMA0 console=ttyS0 console=tty0 console=tty1 console=ttyS1 hw_addr=${MAC} syslog_host=192.168.88.1 grpc_authority=192.168.88.1:42113 tinkerbell_tls=false worker_id=${MAC} if=1 inst.ks=${BOOT_URL}/config/${token}/ks.cfg`,
    );
    expect(text.slice(at + 15 + 1024, at + 15 + 1024 + 6)).toBe(' tail\n');
    expect(text).not.toContain(TINKERBELL_PLACEHOLDER.slice(0, 32));
  });

  it('is the same one for the same inputs, also after a restart', async () => {
    const first = await scriptUrl();
    const etag = (await boot.view(MAC, first.token)).source.etag;
    expect((await scriptUrl()).token).toBe(first.token);
    restart();
    expect((await boot.view(MAC, first.token)).source.etag).toBe(etag);
    expect((await scriptUrl()).token).toBe(first.token);
  });

  it('of an edited config is a new one; the old one keeps its bytes and its config', async () => {
    const first = await scriptUrl();
    const before = await bytesOf(first.token);
    inventory.patchConfig('ks', { files: { 'ks.cfg': 'edited\n' } });
    const second = await scriptUrl();
    expect(second.token).not.toBe(first.token);
    expect(await bytesOf(first.token)).toBe(before);
    expect(boot.configByToken(first.token).text).toBe('hostname node1\n');
    expect(boot.configByToken(second.token).text).toBe('edited\n');
  });

  it('of another host is another one, and its token opens nothing under this host’s MAC', async () => {
    inventory.assign('node2', AssignmentInput.parse({ image: 'lab' }));
    const [a, b] = [await scriptUrl(), await scriptUrl(OTHER)];
    expect(a.token).not.toBe(b.token);
    await expect(boot.view(MAC, b.token)).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
    await expect(boot.view(MAC, 'f'.repeat(32))).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
    await expect(boot.view(MAC, "' OR 1")).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
  });

  it('that would have other bytes after a restart is refused, not changed', async () => {
    const { token } = await scriptUrl();
    bench.db.main.prepare('UPDATE views SET hash = ?').run('other');
    restart();
    await expect(boot.view(MAC, token)).rejects.toMatchObject({ code: 'E_VIEW_CHANGED' });
  });

  it('of a file that was rewritten is E_IMAGE_CHANGED', async () => {
    const { token } = await scriptUrl();
    restart();
    utimesSync(iso, new Date(1), new Date(1));
    await expect(boot.view(MAC, token)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    expect((await scriptUrl()).text).toContain('E_IMAGE_CHANGED');
  });

  it('gives single files of the ISO', async () => {
    const { token } = await scriptUrl();
    const { source, view } = await boot.isoFile(MAC, token, '/boot/grub.cfg');
    expect(view.token).toBe(token);
    expect(Buffer.from(await source.read(0, source.size)).toString()).toContain(`worker_id=${MAC}`);
    await expect(boot.isoFile(MAC, token, '/nothing')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('with a line longer than the placeholder moves its boot configuration, up to what loaders take', async () => {
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', args: `x=${'y'.repeat(1100)}` }));
    const { token } = await scriptUrl();
    expect(await bytesOf(token)).toContain(`if=1 x=${'y'.repeat(1100)} tail\n`);
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', args: `x=${'y'.repeat(1900)}` }));
    expect((await scriptUrl()).text).toMatch(/E_PATCH_TOO_LONG: boot\/grub\.cfg, line 1: .* \d+ more than the 2000/);
  });

  it('with an unknown field in the config is an error on the machine’s screen', async () => {
    inventory.patchConfig('ks', { files: { 'ks.cfg': '{{ host.nope }}' } });
    expect((await scriptUrl()).text).toContain('E_TEMPLATE_FIELD');
  });
});

describe('the views that are kept', () => {
  const edited = async (text: string): Promise<string> => {
    inventory.patchConfig('ks', { files: { 'ks.cfg': text } });
    return (await boot.mediaUrl('node1')).token;
  };

  it('are the last eight of a MAC, and every one that was read within a day: a BMC still has its medium', async () => {
    const [mounted, unread] = [await edited('mounted\n'), await edited('unread\n')];
    const bytes = await bytesOf(mounted);
    for (let turn = 0; turn < 10; turn += 1) await edited(`edit ${turn}\n`);
    await expect(boot.view(MAC, unread)).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
    expect(await bytesOf(mounted)).toBe(bytes);
    restart();
    expect(await bytesOf(mounted)).toBe(bytes);
    bench.clock.advance(23 * 3_600_000);
    await edited('the next day\n');
    expect(await bytesOf(mounted)).toBe(bytes);
    bench.clock.advance(25 * 3_600_000);
    await edited('two days later\n');
    await expect(boot.view(MAC, mounted)).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
  });

  it('are told of by the one that was given out last, not by one that others read or that was only looked at', async () => {
    const first = await edited('one\n');
    const second = await edited('two\n');
    expect((await boot.receipt('node1', undefined)).token).toBe(second);
    expect(await edited('one\n')).toBe(first);
    expect((await boot.receipt('node1', undefined)).token).toBe(first);
    await boot.viewByMac(MAC, { ip: '192.168.88.99' });
    await boot.explain('node1');
    expect((await boot.receipt('node1', undefined)).token).toBe(first);
  });
});

describe('a NoCloud seed by its view’s URL', () => {
  it('c1: has an empty network-config, whatever the format, and whoever made the view', async () => {
    const files = { 'user-data': '#cloud-config\n' };
    inventory.addConfig(ConfigInput.parse({ name: 'seed', format: 'other', files }));
    await inventory.patchImage('lab', { bootConfigs: ['ks', 'seed'] });
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'seed' }));
    const { token } = await scriptUrl();
    expect(boot.configByToken(token, 'network-config')).toMatchObject({ text: '', file: 'network-config' });
    expect(boot.configByToken(token, 'vendor-data').text).toBe('');
    expect(boot.configByToken(token, 'meta-data').text).toBe('instance-id: node1\n');
    expect(() => boot.configByToken(token, 'other')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });
});

describe('views that are asked for at once', () => {
  it('b2: are planned once, and all eight who ask get the same token', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, async () => (await scriptUrl()).token));
    expect(tokens[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(tokens).size).toBe(1);
    expect(viewRows(bench.db).ofMac(MAC)).toHaveLength(1);
  });

  it('b2: of two hosts, by every way to ask, fail for nobody', async () => {
    inventory.assign('node2', AssignmentInput.parse({ image: 'lab' }));
    const asked = Array.from({ length: 8 }, () => [
      scriptUrl(),
      scriptUrl(OTHER),
      boot.mediaUrl('node1'),
      boot.explain('node1'),
      boot.viewByMac(MAC, { ip: IP }),
      boot.viewByMac(MAC, { ip: STRANGER_IP }),
    ]);
    const answers = await Promise.allSettled(asked.flat());
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('b2: one that is given out while it is looked at is the newest', async () => {
    await boot.mediaUrl('node1');
    inventory.patchConfig('ks', { files: { 'ks.cfg': 'edited' } });
    const [, { token }] = await Promise.all([boot.explain('node1'), scriptUrl()]);
    expect((await boot.receipt('node1', undefined)).token).toBe(token);
  });
});

describe('a view that is read range by range', () => {
  it('is found by its token without reading its row again', async () => {
    const { token } = await scriptUrl();
    await boot.view(MAC, token);
    const before = rowsRead();
    for (let range = 0; range < 100; range += 1) await boot.view(MAC, token);
    expect(rowsRead()).toBe(before);
  });

  it('is read from its row once after a restart', async () => {
    const { token } = await scriptUrl();
    restart();
    for (let range = 0; range < 100; range += 1) await boot.view(MAC, token);
    expect(rowsRead()).toBe(1);
  });

  it('is not found for another MAC, open or not', async () => {
    const { token } = await scriptUrl();
    await boot.view(MAC, token);
    await expect(boot.view(OTHER, token)).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
  });

  it('is gone as soon as its row is, although it was open', async () => {
    const { token } = await boot.mediaUrl('node1');
    await boot.view(MAC, token);
    bench.clock.advance(25 * 60 * 60_000);
    for (let edit = 0; edit < 9; edit += 1) {
      inventory.patchConfig('ks', { files: { 'ks.cfg': `edit ${edit}` } });
      await boot.mediaUrl('node1');
    }
    expect(viewRows(bench.db).get(token)).toBeUndefined();
    await expect(boot.view(MAC, token)).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
  });

  it('is refused as soon as its image is removed, although it was open', async () => {
    const { token } = await scriptUrl();
    await boot.view(MAC, token);
    const image = inventory.getImage('lab');
    inventory.unassign('node1');
    inventory.removeImage('lab');
    libraries.at(-1)?.release(image);
    await expect(boot.view(MAC, token)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
  });

  it('keeps its pin for the machine that reads without a token, and reads no row for it', async () => {
    const { token } = await boot.viewByMac(MAC, { ip: IP });
    const before = rowsRead();
    for (let range = 0; range < 100; range += 1) expect((await boot.viewByMac(MAC, { ip: IP })).token).toBe(token);
    expect(rowsRead()).toBe(before);
  });

  it('serves a file of it with one look for the view', async () => {
    const { token } = await scriptUrl();
    restart();
    const { view, source } = await boot.isoFile(MAC, token, '/boot/grub.cfg');
    expect(view.token).toBe(token);
    expect(rowsRead()).toBe(1);
    expect(Buffer.from(await source.read(0, source.size)).toString()).toContain('if=1');
  });
});

describe('views of strangers', () => {
  it('b14: never push out the host’s own, however many ISOs they ask for', async () => {
    start({ allowSourceIso: ['images.lab'] });
    const { token } = await scriptUrl();
    for (let turn = 0; turn < 12; turn += 1) {
      await inventory.addImage(ImageInput.parse({ name: `other-${turn}`, source: { type: 'file', path: iso } }));
      const view = await boot.viewByMac(MAC, { ip: STRANGER_IP }, `other-${turn}`);
      expect(view.image).toBe(`other-${turn}`);
    }
    restart();
    expect(await bytesOf(token)).toContain('if=1');
    expect(
      viewRows(bench.db)
        .ofMac(MAC)
        .map((row) => row.token),
    ).toEqual([token]);
  });
});

describe('what the receipt says', () => {
  it('is where the bytes are, also for many files of any name, and large ones', async () => {
    const names = ['a b.txt', 'grüße.cfg', 'user-data', '€.sh', ...Array.from({ length: 59 }, (_, at) => `file-${at}`)];
    const files = Object.fromEntries(names.map((name) => [name, `${name}\n`]));
    inventory.addConfig(ConfigInput.parse({ name: 'many', format: 'other', files: { ...files, large: 'L'.repeat(1024 * 1024) } }));
    await inventory.patchImage('lab', { bootConfigs: ['ks', 'many'] });
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'many' }));
    const { token } = await boot.mediaUrl('node1');
    const receipt = await boot.receipt('node1', token);
    const { source } = await boot.view(MAC, token);
    const injected = receipt.files.filter(({ what }) => what === 'injected');
    expect(injected).toHaveLength(64);
    for (const { path, offset, before, after } of injected) {
      const text = Buffer.from(await source.read(offset, after)).toString();
      expect({ path, before, text }).toEqual({ path, before: 0, text: path === 'large' ? 'L'.repeat(1024 * 1024) : `${path}\n` });
      const file = await boot.isoFile(MAC, token, path);
      expect(Buffer.from(await file.source.read(0, file.source.size)).toString()).toBe(text);
    }
  });

  it('is nothing for an image that is served as it is; its config still has its URL', async () => {
    await inventory.patchImage('lab', { unpatched: true });
    const { token } = await boot.mediaUrl('node1');
    const { source } = await boot.view(MAC, token);
    expect(Buffer.from(await source.read(0, source.size)).equals(readFileSync(iso))).toBe(true);
    expect((await boot.receipt('node1', token)).files).toEqual([]);
    expect(boot.configByToken(token, 'ks.cfg').text).toBe('hostname node1\n');
  });

  it('does not exist for a config file whose name a folder of the ISO has', async () => {
    inventory.patchConfig('ks', { files: { boot: 'x' } });
    await expect(boot.mediaUrl('node1')).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: '“boot” cannot be added to the ISO’s root: a folder there has that name.',
    });
  });
});

describe('what stands against a boot method', () => {
  it.each([
    ['iscsi', undefined],
    ['uefi-http', /does not boot by uefi-http\. The ISO has no boot loader for UEFI/],
    [undefined, undefined],
  ] as const)('is told before the machine comes: %s', async (method, problem) => {
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', ...(method && { method }) }));
    const { problems } = await boot.arguments('node1', undefined);
    expect(problems).toEqual(problem ? [expect.stringMatching(problem)] : []);
  });
});

describe('two hosts of one image', () => {
  it('read other bytes under other ETags, each its own and not a word of the other', async () => {
    inventory.assign('node2', AssignmentInput.parse({ image: 'lab', config: 'ks', args: 'only=second' }));
    const [one, two] = [await boot.mediaUrl('node1'), await boot.mediaUrl('node2')];
    const [a, b] = [await boot.view(MAC, one.token), await boot.view(OTHER, two.token)];
    expect(a.source.etag).not.toBe(b.source.etag);
    const [first, second] = [await bytesOf(one.token), await bytesOf(two.token, OTHER)];
    expect([first.includes('hostname node1'), first.includes('node2'), first.includes('only=second')]).toEqual([true, false, false]);
    expect([second.includes('hostname node2'), second.includes('node1'), second.includes('only=second')]).toEqual([true, false, true]);
  });
});

describe('an ISO that is another one by now', () => {
  it('is taken by naming its file again, also while it is assigned', async () => {
    await boot.mediaUrl('node1');
    const source = { type: 'file', path: iso } as const;
    const before = inventory.getImage('lab').index;
    expect((await inventory.patchImage('lab', { source })).index).toEqual(before);
    utimesSync(iso, new Date(1), new Date(1));
    await expect(boot.mediaUrl('node1')).rejects.toMatchObject({
      code: 'E_IMAGE_CHANGED',
      next: expect.stringContaining(`image set NAME --source ${iso}`) as string,
    });
    expect((await inventory.patchImage('lab', { source })).index.etag).not.toBe(before.etag);
    const { token } = await boot.mediaUrl('node1');
    expect(await bytesOf(token)).toContain('hostname node1');
  });
});

describe('a medium whose ISO is away', () => {
  it('is not given to a BMC, also when the view is planned already, and is again when the ISO is back', async () => {
    const { token } = await boot.mediaUrl('node1');
    renameSync(iso, `${iso}.away`);
    await expect(boot.mediaUrl('node1')).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
    renameSync(`${iso}.away`, iso);
    await expect.poll(() => boot.mediaUrl('node1').catch(() => undefined)).toMatchObject({ token });
  });
});

describe('the URL without a token', () => {
  const read = async (ip: string, sourceISO?: string) => {
    const { source } = await boot.viewByMac(MAC, { ip }, sourceISO);
    return Buffer.from(await source.read(0, source.size)).toString('latin1');
  };

  it('gives the machine itself its newest view, pinned while it reads', async () => {
    expect(await read(IP)).toContain('if=1');
    inventory.patchHost('node1', { interfaces: [{ mac: MAC, ip: IP, extraArgs: 'if=2' }] });
    expect(await read(IP)).toContain('if=1');
    bench.clock.advance(15 * 60_000);
    expect(await read(IP)).toContain('if=2');
  });

  it('a new arming ends the pin', async () => {
    await read(IP);
    bench.clock.advance(1);
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', args: 'again' }));
    expect(await read(IP)).toContain('again');
  });

  it('gives anybody else the ISO without a word of this host, and the reason', async () => {
    const { unidentified } = await boot.viewByMac(MAC, { ip: STRANGER_IP });
    expect(unidentified).toMatchObject({ code: 'E_IDENTITY_UNKNOWN', message: expect.stringContaining(NEW_MAC) as string });
    expect(await read(STRANGER_IP)).toBe(readFileSync(iso, 'latin1'));
    expect(await read(IP)).toContain('hostname node1');
  });

  it('b1: gives the BMC’s address the ISO as it is, because an address alone proves nothing', async () => {
    inventory.patchHost('node1', { bmc: { address: `redfish://${STRANGER_IP}:8443` } });
    expect(await read(STRANGER_IP)).toBe(readFileSync(iso, 'latin1'));
    // The URL that a BMC is given has the token.
    expect(await bytesOf((await boot.mediaUrl('node1')).token)).toContain('if=1');
  });

  it('b1: on a port for BMCs, gives the ISO as it is also to who has the address of the machine', async () => {
    const { source, unidentified } = await boot.viewByMac(MAC, { ip: IP, otherPort: true });
    expect(Buffer.from(await source.read(0, source.size)).toString('latin1')).toBe(readFileSync(iso, 'latin1'));
    expect(unidentified).toMatchObject({ code: 'E_IDENTITY_UNKNOWN', message: expect.stringContaining(IP) as string });
  });

  it('b1: makes no token for a stranger that opens anything', async () => {
    const { token } = await boot.viewByMac(MAC, { ip: STRANGER_IP });
    expect(() => boot.configByToken(token, 'ks.cfg')).toThrow(expect.objectContaining({ code: 'E_VIEW_GONE' }));
    await expect(boot.isoFile(MAC, token, 'ks.cfg')).rejects.toMatchObject({ code: 'E_VIEW_GONE' });
  });

  it('of no host is E_NOT_FOUND', async () => {
    await expect(boot.viewByMac('52:54:00:00:00:01', { ip: IP })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('without any source is E_NO_SOURCE', async () => {
    await expect(boot.viewByMac(OTHER, { ip: IP })).rejects.toMatchObject({ code: 'E_NO_SOURCE' });
  });

  it('takes ?sourceISO= only when it was switched on', async () => {
    await expect(read(IP, 'lab')).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
    start({ allowSourceIso: ['images.lab'] });
    expect(await read(IP, 'lab')).toContain('if=1');
    await expect(read(IP, 'http://169.254.169.254/latest')).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
  });
});

describe('configs by address', () => {
  it('are the asking host’s, filled in', async () => {
    expect(await boot.configByAddress(IP)).toEqual({
      text: 'hostname node1\n',
      contentType: 'text/plain; charset=utf-8',
      file: 'ks.cfg',
      host: 'node1',
      config: 'ks',
    });
    expect((await boot.configByAddress(IP, 'post.sh')).text).toBe(`echo ${MAC}\n`);
  });

  it('name the files of the ISO as the view of this boot does, and only where it has this config', async () => {
    inventory.patchConfig('ks', { files: { 'ks.cfg': 'url --url={{ image.files_url }}\n' } });
    inventory.addConfig(ConfigInput.parse({ name: 'later', format: 'other', files: { late: '{{ image.files_url }}' } }));
    await expect(boot.configByAddress(IP)).rejects.toMatchObject({ code: 'E_TEMPLATE_FIELD' });
    const { token } = await scriptUrl();
    const same = `url --url=${BOOT_URL}/iso-files/${MAC.replaceAll(':', '-')}/${token}/\n`;
    expect((await boot.configByAddress(IP)).text).toBe(same);
    expect(boot.configByToken(token).text).toBe(same);
    inventory.setAssignmentState('node1', 'done', []);
    expect((await boot.configByAddress(IP)).text).toBe(same);
    inventory.assign('node1', AssignmentInput.parse({ image: 'localboot', config: 'ks' }));
    await expect(boot.configByAddress(IP)).rejects.toMatchObject({ code: 'E_TEMPLATE_FIELD' });
    const after = { image: 'localboot', config: 'later' };
    inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'ks', after }));
    await scriptUrl();
    inventory.setAssignmentState('node1', 'done', []);
    await expect(boot.configByAddress(IP)).rejects.toMatchObject({ code: 'E_TEMPLATE_FIELD' });
  });

  it.each([
    ['a stranger', '192.168.88.99', undefined, 'E_IDENTITY_UNKNOWN'],
    ['a host without a config', '192.168.88.60', undefined, 'E_NO_CONFIG'],
    ['a file that is not there', IP, 'x', 'E_NOT_FOUND'],
  ])('%s is refused with a reason', async (_name, ip, file, code) => {
    await expect(boot.configByAddress(ip, file)).rejects.toMatchObject({ code });
  });

  it('an address that a stranger leases from under a reservation is ambiguous', async () => {
    network.leases.set(IP, '52:54:00:ff:ff:ff');
    await expect(boot.configByAddress(IP)).rejects.toMatchObject({ code: 'E_IDENTITY_AMBIGUOUS' });
  });
});

describe('what the machine says', () => {
  it('is kept with its host, and reported Secure Boot too', async () => {
    await boot.script({ mac: MAC, ip: IP, uuid: '11223344-5566-7788-99aa-bbccddeeff00', serial: 'S1', product: 'Box', secureBoot: '01' });
    expect(inventory.getHost('node1').facts).toEqual({
      uuid: '11223344-5566-7788-99aa-bbccddeeff00',
      serial: 'S1',
      product: 'Box',
      secureBoot: 'on',
    });
  });

  it('is asked for again by a script when the loader sent its settings unexpanded', async () => {
    const { text } = await boot.script({ mac: MAC, ip: IP, uuid: '${uuid}', serial: '${serial:uristring}' });
    expect(text).toContain('chain --replace');
    expect(inventory.getHost('node1').facts).toEqual({});
  });

  const types = () => bench.activity.history({ host: 'node1', limit: 20 }).map(({ type }) => type);
  const [TRUE_UUID, FALSE_UUID] = ['11223344-5566-7788-99aa-bbccddeeff00', 'aaaaaaaa-5566-7788-99aa-bbccddeeff00'];

  it('b6: a stranger’s report about a new host is not kept, and the machine itself boots', async () => {
    const refused = await boot.script({ mac: MAC, ip: STRANGER_IP, uuid: FALSE_UUID, serial: 'FORGED' });
    expect(refused.text).toMatch(/^#!ipxe\n/);
    expect(refused.text).toContain(NEW_MAC);
    expect(inventory.getHost('node1').facts).toEqual({});
    expect((await boot.script({ mac: MAC, ip: IP, uuid: TRUE_UUID })).text).toContain('/iso/');
    expect(types()).not.toContain('boot.mismatch');
  });

  it('b6: a UUID of a DHCP message in its name is not kept', () => {
    boot.notice({ mac: MAC, uuid: FALSE_UUID, arch: 7, ipxe: false });
    expect(inventory.getHost('node1').facts).toEqual({ firmwareArch: 7 });
  });

  it('b6: a stranger’s report about a machine that is no host yet is not confirmed by adopting that machine', async () => {
    const [OTHER_NEW_MAC, NEW_IP] = ['52:54:00:99:99:98', '192.168.88.98'];
    network.neighbours.set(NEW_IP, OTHER_NEW_MAC);
    network.leases.set(NEW_IP, OTHER_NEW_MAC);
    await boot.script({ mac: OTHER_NEW_MAC, ip: NEW_IP, uuid: TRUE_UUID, serial: 'S1' });
    await boot.script({ mac: OTHER_NEW_MAC, ip: STRANGER_IP, uuid: FALSE_UUID, serial: 'FORGED', product: 'Forged' });
    boot.notice({ mac: OTHER_NEW_MAC, uuid: FALSE_UUID, arch: 7, ipxe: false });
    expect(inventory.listDiscovered()).toMatchObject([{ facts: { uuid: TRUE_UUID, serial: 'S1' }, address: NEW_IP }]);
    inventory.adopt(OTHER_NEW_MAC, 'node9');
    inventory.assign('node9', AssignmentInput.parse({ image: 'lab' }));
    expect((await boot.script({ mac: OTHER_NEW_MAC, ip: NEW_IP, uuid: TRUE_UUID, serial: 'S1' })).text).toContain('/iso/');
  });

  it('b6: another UUID than was reported before boots, with an event', async () => {
    await boot.script({ mac: MAC, ip: IP, uuid: FALSE_UUID });
    expect((await boot.script({ mac: MAC, ip: IP, uuid: TRUE_UUID })).text).toContain('/iso/');
    expect(types()).toContain('boot.mismatch');
  });

  it('b6: another UUID than the confirmed one waits, says what to do, and boots once it is said to be the same machine', async () => {
    await boot.script({ mac: MAC, ip: IP, uuid: TRUE_UUID });
    inventory.confirmIdentity('node1');
    const { text } = await boot.script({ mac: MAC, ip: IP, uuid: FALSE_UUID });
    expect(text).not.toContain('/iso/');
    expect(text).toContain('It is the same machine');
    expect(types()).toContain('boot.mismatch');
    expect(inventory.getHost('node1').otherReport).toMatchObject({ mac: MAC, uuid: FALSE_UUID });
    inventory.confirmIdentity('node1');
    expect((await boot.script({ mac: MAC, ip: IP, uuid: FALSE_UUID })).text).toContain('/iso/');
  });

  it('a known UUID with a new MAC is offered as an interface', async () => {
    await boot.script({ mac: MAC, ip: IP, uuid: '11223344-5566-7788-99aa-bbccddeeff00' });
    await boot.script({ mac: NEW_MAC, ip: STRANGER_IP, uuid: '11223344-5566-7788-99aa-bbccddeeff00' });
    expect(bench.activity.history({ mac: '52:54:00:99:99:99', limit: 10 }).map(({ type }) => type)).toContain('host.known-uuid-new-mac');
    expect(inventory.listDiscovered().map(({ mac }) => mac)).toEqual(['52:54:00:99:99:99']);
  });

  it('d8: what a DHCP client is told writes nothing; only what is noticed is remembered', () => {
    const stranger = { mac: '52:54:00:99:99:99', arch: 7, ipxe: false, vendorClass: 'PXEClient:Arch:00007:UNDI:003000' };
    boot.decide(stranger);
    expect(inventory.listDiscovered()).toEqual([]);
    boot.notice(stranger);
    expect(inventory.listDiscovered()).toMatchObject([{ mac: stranger.mac, facts: { firmwareArch: 7 } }]);
  });

  it('takes a UUID that nobody filled in for none', async () => {
    const zero = '00000000-0000-0000-0000-000000000000';
    await boot.script({ mac: MAC, ip: IP, uuid: zero, serial: 'S1' });
    await boot.script({ mac: NEW_MAC, ip: STRANGER_IP, uuid: zero });
    expect(bench.activity.history({ limit: 20 }).map(({ type }) => type)).not.toContain('host.known-uuid-new-mac');
  });
});

describe('explain', () => {
  it('tells what the machine gets, with the arguments, and records nothing', async () => {
    const before = bench.activity.history({ limit: 100 }).length;
    const explained = await boot.explain('node1', 0);
    expect(explained.steps.map(({ stage }) => stage)).toEqual(['identity', 'boot-file', 'dhcp', 'script', 'image', 'arguments', 'config']);
    expect(explained.steps[1]?.message).toBe('undionly.kpxe by TFTP.');
    expect(explained.kernelArguments).toContain('if=1');
    expect(explained.script).toBe((await boot.script({ mac: MAC, ip: IP })).text);
    expect(bench.activity.history({ limit: 100 }).length).toBe(before + 1);
  });

  it('takes a MAC in any notation, also of a stranger', async () => {
    expect((await boot.explain('5254.0000.0001')).steps[0]?.message).toBe('No host has this MAC.');
  });
});
