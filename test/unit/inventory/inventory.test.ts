import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import { hostInput, MAC, openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
beforeEach(async () => {
  bench = openData();
  const { inventory } = bench;
  for (const [name, format] of [
    ['ks', 'kickstart'],
    ['ign', 'ignition'],
    ['after', 'ignition'],
  ]) {
    inventory.addConfig(ConfigInput.parse({ name, format, files: { f: 'text' } }));
  }
  await inventory.addImage(ImageInput.parse({ name: 'fedora', source: { type: 'file', path: '/fedora.iso' }, bootConfigs: ['ks'] }));
  await inventory.addImage(ImageInput.parse({ name: 'coreos', source: { type: 'file', path: '/coreos.iso' }, bootConfigs: ['ign', 'ks'] }));
  await inventory.addImage(ImageInput.parse({ name: 'rescue', source: { type: 'file', path: '/rescue.iso' } }));
  inventory.addHost(hostInput('node1'));
});
afterEach(() => bench.dispose());

const assign = (input: Record<string, unknown>) => bench.inventory.assign('node1', AssignmentInput.parse(input));
const refusedWith = (code: string, message?: RegExp): unknown =>
  expect.objectContaining({ code, ...(message ? { message: expect.stringMatching(message) as string } : {}) });

describe('assignment rules', () => {
  const refused = [
    ['an unknown image', { image: 'nothing' }, /Image "nothing"/],
    ['an unknown config', { image: 'fedora', config: 'nothing' }, /Config "nothing"/],
    ['a config that is not in the list', { image: 'fedora', config: 'ign' }, /not in the list of image fedora: ks/],
    ['any config for an image without a list', { image: 'rescue', config: 'ks' }, /rescue has no compatible configs/],
    ['an unknown config afterwards', { image: 'fedora', after: { image: 'localboot', config: 'nothing' } }, /Config "nothing"/],
  ] as const;
  it.each(refused)('refuse %s', (_name, input, message) => {
    expect(() => assign(input)).toThrow(refusedWith('E_CONFIG_INCOMPATIBLE', message));
  });

  it('localboot takes any config', () => {
    expect(assign({ image: 'localboot', config: 'after' }).host.assignment?.config).toBe('after');
  });

  it('changing only the image keeps a config that still fits', () => {
    assign({ image: 'fedora', config: 'ks' });
    expect(assign({ image: 'coreos' })).toMatchObject({ host: { assignment: { image: 'coreos', config: 'ks' } }, notes: [] });
  });

  it('changing only the image clears a config that does not fit, and says so', () => {
    assign({ image: 'coreos', config: 'ign' });
    const { host, notes } = assign({ image: 'fedora' });
    expect(host.assignment?.config).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('"ign" was cleared')]);
  });

  it('null clears the config', () => {
    assign({ image: 'fedora', config: 'ks' });
    expect(assign({ image: 'fedora', config: null }).host.assignment?.config).toBeUndefined();
  });

  it('a config that is assigned can neither leave the list nor be deleted; the hosts are named', async () => {
    assign({ image: 'fedora', config: 'ks' });
    await expect(bench.inventory.patchImage('fedora', { bootConfigs: [] })).rejects.toEqual(refusedWith('E_IN_USE', /node1/));
    expect(() => bench.inventory.removeConfig('ks')).toThrow(refusedWith('E_IN_USE', /node1/));
    expect(() => bench.inventory.removeImage('fedora')).toThrow(refusedWith('E_IN_USE', /node1/));
  });

  it('an assigned `after` config counts as assigned', () => {
    assign({ image: 'fedora', config: 'ks', after: { image: 'localboot', config: 'after' } });
    expect(() => bench.inventory.removeConfig('after')).toThrow(refusedWith('E_IN_USE', /node1/));
  });

  it('a deleted config leaves the lists that named it', () => {
    bench.inventory.removeConfig('ign');
    expect(bench.inventory.getImage('coreos').bootConfigs).toEqual(['ks']);
  });

  it('an image cannot list a config that does not exist', async () => {
    await expect(bench.inventory.patchImage('fedora', { bootConfigs: ['ks', 'ghost'] })).rejects.toEqual(
      refusedWith('E_CONFIG_INCOMPATIBLE', /ghost/),
    );
  });
});

describe('hosts', () => {
  it('b2: two patches at once are both kept, also while the ISO of one is looked at', async () => {
    const moving = bench.inventory.patchImage('fedora', { source: { type: 'file', path: '/other.iso' } });
    await bench.inventory.patchImage('fedora', { description: 'newest' });
    await moving;
    expect(bench.inventory.getImage('fedora')).toMatchObject({ description: 'newest', source: { path: '/other.iso' } });
  });

  it('a patch sets an image’s arguments, and takes them away again', async () => {
    expect(await bench.inventory.patchImage('fedora', { args: 'quiet', unpatched: true })).toMatchObject({
      args: 'quiet',
      unpatched: true,
    });
    const image = await bench.inventory.patchImage('fedora', { args: null, unpatched: null });
    expect([image.args, image.unpatched]).toEqual([undefined, undefined]);
    expect(bench.inventory.getImage('fedora')).not.toHaveProperty('args');
  });

  it('own their MACs and addresses', () => {
    bench.inventory.patchHost('node1', { interfaces: [{ mac: MAC, ip: '192.168.88.50' }] });
    expect(() => bench.inventory.addHost(hostInput('node2'))).toThrow(refusedWith('E_EXISTS', /node1/));
    expect(() => bench.inventory.addHost(hostInput('node2', '52:54:00:88:00:03', { ip: '192.168.88.50' }))).toThrow(
      refusedWith('E_EXISTS', /192\.168\.88\.50/),
    );
    expect(() => bench.inventory.addHost(hostInput('node1', '52:54:00:88:00:04'))).toThrow(refusedWith('E_EXISTS'));
    expect(bench.inventory.findByIp('192.168.88.50').map(({ host }) => host.name)).toEqual(['node1']);
  });

  it('a patch never wipes what it does not name', () => {
    bench.inventory.patchHost('node1', { vars: { role: 'db', rack: '4' }, bmc: { address: 'redfish://10.0.0.9', username: 'root' } });
    assign({ image: 'fedora', config: 'ks' });
    const host = bench.inventory.patchHost('node1', { vars: { rack: null, row: '2' } });
    expect(host).toMatchObject({
      vars: { role: 'db', row: '2' },
      bmc: { address: 'redfish://10.0.0.9', username: 'root' },
      assignment: { image: 'fedora', config: 'ks' },
    });
    expect(host.vars).not.toHaveProperty('rack');
  });

  it.each([
    ['a field that is not theirs', { power: 'on' }],
    ['the assignment, which has its own rules', { assignment: { image: 'x' } }],
    ['a MAC that is none', { interfaces: [{ mac: 'zz' }] }],
    ['no interface at all', { interfaces: [] }],
    ['a netmask with holes', { interfaces: [{ mac: MAC, netmask: '255.0.255.0' }] }],
  ])('refuse a patch with %s', (_name, patch) => {
    expect(() => bench.inventory.patchHost('node1', patch)).toThrow(refusedWith('E_BAD_INPUT'));
  });

  it('survive a restart with their assignment', () => {
    assign({ image: 'fedora', config: 'ks', args: 'quiet' });
    bench = bench.reopen();
    expect(bench.inventory.getHost('node1').assignment).toMatchObject({
      image: 'fedora',
      config: 'ks',
      args: 'quiet',
      state: 'armed',
      mode: 'once',
    });
  });

  it('are found by any of their interfaces until removed', () => {
    bench.inventory.patchHost('node1', { interfaces: [{ mac: MAC }, { mac: '52-54-00-88-00-99' }] });
    expect(bench.inventory.findByMac('52:54:00:88:00:99')?.iface.mac).toBe('52:54:00:88:00:99');
    bench.inventory.removeHost('node1');
    expect(bench.inventory.findByMac(MAC)).toBeUndefined();
    expect(() => bench.inventory.getHost('node1')).toThrow(refusedWith('E_NOT_FOUND'));
  });
});

describe('discovered machines', () => {
  const seen = { mac: '52:54:00:aa:00:01', facts: { serial: 'S1' }, vendorClass: 'PXEClient' };

  it('are told once, updated when they change, and adopted with what they said', () => {
    expect(bench.inventory.discover(seen)).toEqual({ isNew: true });
    const { seq } = bench.inventory.snapshot();
    bench.clock.advance(1000);
    expect(bench.inventory.discover(seen)).toEqual({ isNew: false });
    expect(bench.inventory.snapshot().seq).toBe(seq);
    bench.inventory.discover({ ...seen, facts: { uuid: 'u' } });
    const host = bench.inventory.adopt(seen.mac, 'node2');
    expect(host).toMatchObject({ name: 'node2', facts: { serial: 'S1', uuid: 'u' }, interfaces: [{ mac: seen.mac, allowPXE: true }] });
    expect(bench.inventory.listDiscovered()).toEqual([]);
  });
});
