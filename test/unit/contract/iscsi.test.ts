import { expect, test } from 'vitest';
import { ChapSecret, hostTargetName, imageTargetName, initiatorNameOf, IscsiName, parseTargetName } from '../../../contract/iscsi.ts';

const MAC = '52:54:00:12:34:56';

test('names of targets and initiators', () => {
  expect(hostTargetName(MAC)).toBe('iqn.2026-11.dev.bootbench:52-54-00-12-34-56');
  expect(imageTargetName('fedora-43')).toBe('iqn.2026-11.dev.bootbench:image:fedora-43');
  expect(IscsiName.safeParse(initiatorNameOf(MAC)).success).toBe(true);
});

test.each([
  ['a host', hostTargetName(MAC), { kind: 'host', mac: MAC }],
  ['a host in upper case', hostTargetName(MAC).toUpperCase(), { kind: 'host', mac: MAC }],
  ['an image keeps its case', imageTargetName('Fedora_43'), { kind: 'image', image: 'Fedora_43' }],
  ['an image in upper case', 'IQN.2026-11.DEV.BOOTBENCH:IMAGE:FEDORA', { kind: 'image', image: 'FEDORA' }],
  ['a MAC without dashes', 'iqn.2026-11.dev.bootbench:525400123456', undefined],
  ['too few bytes', 'iqn.2026-11.dev.bootbench:52-54-00-12-34', undefined],
  ['an initiator', initiatorNameOf(MAC), undefined],
  ['a slash', imageTargetName('../etc'), undefined],
  ['no image', imageTargetName(''), undefined],
  ['another target', 'iqn.2000-02.com.example:file4', undefined],
  ['a name that begins alike', 'iqn.2026-11.dev.bootbenchx:52-54-00-12-34-56', undefined],
  ['nothing', '', undefined],
])('%s', (_, name, expected) => {
  expect(parseTargetName(name)).toEqual(expected);
});

test.each([
  ['iqn.1991-05.com.microsoft:laptop-1', true],
  ['iqn.2026-11.lab', true],
  ['eui.02004567a425678d', true],
  ['naa.52004567ba64678d', true],
  ['iqn.2026-13.lab:x', false],
  ['iqn.2026-11.lab:A', false],
  ['iqn.2026-11.lab:a b', false],
  ['iqn.2026-11.lab:${uuid}', false],
])('iSCSI name %s: %s', (name, isValid) => {
  expect(IscsiName.safeParse(name).success).toBe(isValid);
});

test.each([
  ['a23456789012', true],
  ['a234567890123456', true],
  ['short', false],
  ['a2345678901234567', false],
  ['a23456 789012', false],
])('CHAP secret %s: %s', (secret, isValid) => {
  expect(ChapSecret.safeParse(secret).success).toBe(isValid);
});
