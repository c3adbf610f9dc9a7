import { expect, it } from 'vitest';
import { ConfigSpec, HostSpec } from '../../../main-services/management/rest/schemas.ts';

const messageOf = (schema: typeof HostSpec | typeof ConfigSpec, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

it.each<[unknown, string]>([
  [{ method: 'floppy' }, 'use one of virtual-media, iscsi, http-san, kernel, uefi-http, local'],
  [{ image: 5 }, 'use text'],
  [{ ip: '300.0.0.1' }, 'use an IPv4 address, such as 192.168.88.10'],
  [{ iscsi: { keepSan: 'x' } }, 'use true or false'],
  [{ iscsi: { chap: { secret: 'abcdefghijkl' } } }, 'required; use text'],
  [{ args: 'x'.repeat(2001) }, 'use at most 2000 characters'],
])('says plainly what is wrong with %o of a host', (spec, sentence) => {
  expect(messageOf(HostSpec, spec)).toEqual([sentence]);
});

it('says what is missing, and what a file can be called', () => {
  expect(messageOf(ConfigSpec, {})).toEqual([expect.stringMatching(/^required; use one of ignition, /), 'required; use an object']);
  const [sentence] = messageOf(ConfigSpec, { format: 'other', data: { 'a/b': '' } });
  expect(sentence).not.toMatch(/Invalid/);
});

it('keeps the message that a schema has itself', () => {
  expect(messageOf(HostSpec, { iscsi: { initiatorName: 'foo' } })).toEqual([expect.stringMatching(/^use an iSCSI name in lower case/)]);
  expect(messageOf(HostSpec, { colour: 'red' })).toEqual(['unknown: colour']);
});
