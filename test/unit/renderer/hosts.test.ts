import type { ErrorBody } from '../../../contract/errors.ts';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../contract/error-codes.ts';
import { Config, Host, Image } from '../../../contract/inventory.ts';
import { askedAgain, configChoices, imageChoices, NO_CONFIG, withConfig, withImage } from '../../../renderer/model/assignment.ts';
import { draftOf, faultsOf, iscsiFieldsSet, patchOf } from '../../../renderer/features/hosts/host-form.ts';
import { portalOf } from '../../../renderer/model/iscsi.ts';
import { needsYou } from '../../../renderer/features/hosts/host-status.ts';
import { range, selectionAfter, toggled } from '../../../renderer/features/hosts/selection.ts';
import { haystack, rowBuilder } from '../../../renderer/features/hosts/table-model.ts';

const MAC = '52:54:00:12:34:56';
const host = (part: object = {}) =>
  Host.parse({ name: 'r750-03', interfaces: [{ mac: MAC, ip: '192.168.77.9' }], createdAt: 1, updatedAt: 1, ...part });
const image = (name: string, bootConfigs: string[] = []) =>
  Image.parse({
    name,
    source: { type: 'file', path: '/x.iso' },
    kind: 'install',
    bootConfigs,
    index: { volumeId: 'V', size: 2_100_000_000, etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets: [] },
    createdAt: 1,
    updatedAt: 1,
  });
const config = (name: string) => Config.parse({ name, format: 'kickstart', files: { 'ks.cfg': '' }, createdAt: 1, updatedAt: 1 });
const byName = <T extends { name: string }>(items: T[]) => Object.fromEntries(items.map((item) => [item.name, item]));
const assigned = (part: object) => host({ assignment: { image: 'Fedora-43', state: 'armed', armedAt: 1, ...part } });
const error = (code: ErrorCode, message: string) => ({ code, message, title: ERRORS[code].title, next: ERRORS[code].next });
const event = (type: 'dhcp.nak' | 'dhcp.ack') => ({ seq: 1, at: 1, type, message: '', data: {} });

describe('what is asked for when a choice is made', () => {
  const before = assigned({ config: 'ks', args: 'quiet', mode: 'always' });

  it('another image leaves the config unnamed, so that the appliance decides about it', () => {
    const asked = withImage(before, 'Debian-13');
    expect(asked).toMatchObject({ image: 'Debian-13', args: 'quiet', mode: 'always' });
    expect('config' in asked).toBe(false);
  });
  it('no config is said as null, another one by its name, the image stays', () => {
    expect(withConfig(before, NO_CONFIG)).toMatchObject({ image: 'Fedora-43', config: null, mode: 'always' });
    expect(withConfig(before, 'other')).toMatchObject({ image: 'Fedora-43', config: 'other', args: 'quiet' });
  });
  it('a config for a host without an assignment goes with its own disk', () => {
    expect(withConfig(host(), 'ks')).toEqual({ image: 'localboot', config: 'ks', mode: 'once' });
  });
  it('booting again asks for the same, without the appliance’s own members', () => {
    expect(askedAgain(before.assignment!)).toEqual({
      image: 'Fedora-43',
      config: 'ks',
      args: 'quiet',
      mode: 'always',
      method: undefined,
      after: undefined,
    });
  });
});

describe('the choices', () => {
  const configs = byName([config('a'), config('b')]);

  it('of images: the own disk first, then all by name in human order', () => {
    const ids = imageChoices(byName([image('img-10'), image('img-2')])).map(({ id }) => id);
    expect(ids).toEqual(['localboot', 'img-2', 'img-10']);
  });
  it.each([
    ['an image with a list: the others stay, with why', 'one', ['a'], [{ id: 'b', note: 'not in the list of one' }]],
    [
      'an image without a list takes none',
      'none',
      [],
      [
        { id: 'a', note: 'none lists no configs' },
        { id: 'b', note: 'none lists no configs' },
      ],
    ],
    ['the own disk takes any', 'localboot', ['a', 'b'], []],
    ['nothing assigned takes any', undefined, ['a', 'b'], []],
  ])('of configs, %s', (_name, chosen, fitting, refused) => {
    const choices = configChoices(configs, byName([image('one', ['a']), image('none')]), chosen);
    expect(choices[0]).toEqual({ id: NO_CONFIG, label: 'no config' });
    expect(choices.slice(1).flatMap(({ id, disabled }) => (disabled ? [] : id))).toEqual(fitting);
    expect(choices.filter(({ disabled }) => disabled).map(({ id, note }) => ({ id, note }))).toEqual(refused);
  });
});

describe('words', () => {
  it('a host needs somebody after trouble, and when its image is gone', () => {
    expect(needsYou(host(), {}, event('dhcp.nak'))).toBe(true);
    expect(needsYou(host(), {}, event('dhcp.ack'))).toBe(false);
    expect(needsYou(assigned({}), {}, undefined)).toBe(true);
    expect(needsYou(assigned({}), byName([image('Fedora-43')]), undefined)).toBe(false);
  });
});

describe('rows', () => {
  const sources = { hosts: byName([host()]), images: {}, lastEvents: {}, moving: new Set<string>() };

  it('stay the same object while nothing about the host changes', () => {
    const build = rowBuilder();
    const [first] = build(sources);
    expect(build({ ...sources, hosts: { ...sources.hosts } })[0]).toBe(first);
    expect(build({ ...sources, moving: new Set([MAC]) })[0]).not.toBe(first);
  });
  it('pass the filter of what they are', () => {
    const passes = (of: Host, moving: string[] = []) =>
      rowBuilder()({ ...sources, images: byName([image('Fedora-43')]), hosts: byName([of]), moving: new Set(moving) })[0]?.passes;
    expect(passes(host())).toEqual(['all']);
    expect(passes(assigned({}))).toEqual(['all', 'armed']);
    expect(passes(assigned({ state: 'done' }))).toEqual(['all', 'done']);
    expect(passes(assigned({}), ['r750-03'])).toEqual(['all', 'working']);
  });
  it('are found by MAC in any notation, address and assignment', () => {
    const [row] = rowBuilder()({ ...sources, hosts: byName([assigned({ config: 'ks' })]) });
    for (const word of ['52-54-00', '525400123456', '192.168.77.9', 'fedora-43', 'ks']) expect(haystack(row!)).toContain(word);
  });
});

describe('selecting', () => {
  const names = ['a', 'b', 'c', 'd'];
  it.each([
    ['a plain press selects one', { d: true }, { name: 'b', anchor: 'd', shift: false, ctrl: false }, ['b']],
    ['Ctrl adds', { d: true }, { name: 'b', anchor: 'd', shift: false, ctrl: true }, ['d', 'b']],
    ['Ctrl takes away', { d: true, b: true }, { name: 'b', anchor: 'd', shift: false, ctrl: true }, ['d']],
    ['Shift selects up to it, also backwards', { a: true }, { name: 'b', anchor: 'd', shift: true, ctrl: false }, ['b', 'c', 'd']],
    ['Shift without an anchor selects one', {}, { name: 'b', anchor: undefined, shift: true, ctrl: false }, ['b']],
  ] as const)('%s', (_name, before, press, after) => {
    expect(Object.keys(selectionAfter(before, press, names))).toEqual(after);
  });
  it('an anchor that is no longer shown selects the row alone', () => {
    expect(range(names, 'gone', 'b')).toEqual({ b: true });
    expect(toggled({ a: true }, 'a')).toEqual({});
  });
});

describe('editing', () => {
  const full = host({
    interfaces: [
      { mac: MAC, ip: '192.168.77.9', leaseTime: 600, nameServers: ['1.1.1.1', '9.9.9.9'], allowPXE: false },
      { mac: '52:54:00:00:00:02', classlessRoutes: [{ destination: '10.0.0.0/8', router: '192.168.77.1' }], vlan: 7 },
    ],
    localBoot: { kind: 'efi', file: '\\EFI\\BOOT\\BOOTX64.EFI' },
    vars: { role: 'web', line: 'a=b' },
  });

  it('what is not touched comes back as it was', () => {
    const patch = patchOf(draftOf(full), full);
    expect(patch.interfaces).toEqual(full.interfaces);
    expect(patch.localBoot).toEqual(full.localBoot);
    expect(patch.vars).toEqual(full.vars);
    expect(patch.arch).toBeNull();
  });
  it('an emptied field and a dropped variable are removed, words that are no number go as written', () => {
    const draft = draftOf(full);
    const [first] = draft.interfaces;
    const changed = {
      ...draft,
      localBoot: 'exit' as const,
      vars: 'role=db',
      interfaces: [{ ...first!, text: { ...first!.text, ip: ' ', leaseTime: 'long' } }],
    };
    const patch = patchOf(changed, full);
    expect(patch.interfaces).toEqual([{ allowPXE: false, mac: MAC, leaseTime: 'long', nameServers: ['1.1.1.1', '9.9.9.9'] }]);
    expect(patch.localBoot).toEqual({ kind: 'exit', file: null });
    expect(patch.vars).toEqual({ role: 'db', line: null });
  });
});

describe('how a host uses iSCSI', () => {
  const disk = host({ iscsi: { device: 'disk', keepSan: true, chap: { username: 'bench' } } });

  it('is not mentioned where nothing of it changed', () => {
    expect(patchOf(draftOf(host()), host())).not.toHaveProperty('iscsi');
    expect(patchOf({ ...draftOf(disk), console: 'sol:' }, disk)).not.toHaveProperty('iscsi');
  });
  it('goes back to the defaults as null, and leaves the CHAP account alone', () => {
    expect(iscsiFieldsSet(draftOf(disk))).toBe(2);
    const patch = patchOf({ ...draftOf(disk), device: 'cd', keepSan: false, initiatorName: ' iqn.2026-11.a:b ' }, disk);
    expect(patch.iscsi).toEqual({ device: null, keepSan: null, initiatorName: 'iqn.2026-11.a:b' });
  });
});

describe('the portal of iSCSI', () => {
  const service = { name: 'iscsi', state: 'ready', message: '', port: 3260 } as const;
  it('is the address of the port with the service’s own, while it runs', () => {
    expect(portalOf({ address: '192.168.77.1', services: [service] })).toBe('192.168.77.1:3260');
    expect(portalOf({ address: '192.168.77.1', services: [{ ...service, state: 'failed' }] })).toBeUndefined();
    expect(portalOf({ services: [service] })).toBeUndefined();
    expect(portalOf(undefined)).toBeUndefined();
  });
});

describe('refusals at their fields', () => {
  const written = [
    { mac: '52-54-00-12-34-56', ip: '192.168.77.9' },
    { mac: '52:54:00:00:00:02', ip: '' },
  ];
  const conflict = (kind: 'mac' | 'ip' | 'name', value: string) => ({ code: 'E_EXISTS' as const, details: { conflict: { kind, value } } });
  const fields = (...of: { path: string; message: string }[]) => ({ code: 'E_BAD_INPUT' as const, details: { fields: of } });
  const refusal = (of: Pick<ErrorBody, 'code' | 'details'>): ErrorBody => ({ ...error(of.code, 'A sentence.'), ...of });

  it.each([
    [conflict('mac', MAC), 'interfaces.0.mac'],
    [conflict('ip', '192.168.77.9'), 'interfaces.0.ip'],
    [conflict('name', 'a'), 'name'],
  ])('the message of %j is at %s', (of, field) => {
    expect(faultsOf(refusal(of), written)).toEqual({ at: { [field]: 'A sentence.' } });
  });
  it('each wrong field has its own message', () => {
    const wrong = fields(
      { path: 'interfaces.0.ip', message: 'Invalid IPv4 address' },
      { path: 'interfaces.1.nameServers.0', message: 'Not an address; use dots' },
      { path: 'name', message: 'use 1 to 63 letters, digits' },
    );
    expect(faultsOf(refusal(wrong), written)).toEqual({
      at: {
        'interfaces.0.ip': 'Invalid IPv4 address',
        'interfaces.1.nameServers': 'Not an address; use dots',
        name: 'use 1 to 63 letters, digits',
      },
    });
  });
  it('what belongs to no field of the form is shown as a whole', () => {
    expect(faultsOf(error('E_DISK_FULL', 'The disk is full.'), written).rest?.message).toBe('The disk is full.');
    expect(faultsOf(refusal(conflict('mac', '52:54:00:00:00:77')), written).rest?.message).toBe('A sentence.');
    const mixed = faultsOf(refusal(fields({ path: '', message: 'odd' }, { path: 'interfaces.0.mac', message: 'not a MAC' })), written);
    expect(mixed.at).toEqual({ 'interfaces.0.mac': 'not a MAC' });
    expect(mixed.rest?.message).toBe('odd');
  });
});
