import { describe, expect, it } from 'vitest';
import { discoveredDetails, isAbout, subjectsOf } from '../../../renderer/model/hosts.ts';
import { isMoving, partOrWhole, timeLeftOf } from '../../../renderer/model/moving.ts';
import { compareNames } from '../../../renderer/model/names.ts';
import { proposeHostName } from '../../../renderer/model/propose-name.ts';

const MAC = '52:54:00:12:34:56';
const discovered = { mac: MAC, facts: {}, firstSeen: 1, lastSeen: 1 };
const progress = { key: 'iso:a', message: 'r750-03 reads Fedora-43', done: 500, total: 1000, rate: 50, at: 1_000_000 };

describe('a proposed host name', () => {
  it.each([
    ['serial', { serial: 'ABC 1234' }, 'Dell Inc.', 'abc-1234'],
    ['a placeholder serial does not count', { serial: 'To be filled by O.E.M.' }, 'Super Micro Computer, Inc.', 'super-123456'],
    ['a serial of zeros does not count', { serial: '0000000' }, undefined, 'host-123456'],
    ['the vendor of the machine', { manufacturer: 'QEMU' }, undefined, 'qemu-123456'],
  ])('%s', (_name, facts, vendor, name) => {
    expect(proposeHostName({ ...discovered, facts }, vendor, () => false)).toBe(name);
  });
  it('gets a number where it is taken', () => {
    const isTaken = (name: string) => name === 'abc' || name === 'abc-2';
    expect(proposeHostName({ ...discovered, facts: { serial: 'ABC' } }, undefined, isTaken)).toBe('abc-3');
  });
});

describe('a discovered machine', () => {
  it('is described by what it reported, in one order', () => {
    expect(discoveredDetails(discovered, undefined)).toBe('');
    expect(discoveredDetails({ ...discovered, address: '10.0.0.2' }, 'Supermicro')).toBe('Supermicro · 10.0.0.2');
    expect(discoveredDetails({ ...discovered, facts: { manufacturer: 'Dell Inc.', serial: 'X1' } }, 'Dell')).toBe('Dell Inc. · serial X1');
    expect(discoveredDetails({ ...discovered, facts: { product: 'R750', serial: 'S' } }, 'PXE')).toBe('R750 · serial S');
  });
});

describe('what events and progress are about', () => {
  it('is a host by its name or one of its MACs', () => {
    const host = { name: 'a', interfaces: [{ mac: MAC, allowPXE: true }] };
    const items = [{ host: 'a' }, { mac: MAC }, { host: 'b' }, { mac: '52:54:00:00:00:01' }, {}];
    expect(items.map((each) => isAbout(each, host))).toEqual([true, true, false, false, false]);
  });
  it('lists names and MACs, each once', () => {
    expect(subjectsOf([{ host: 'b' }, { host: 'b', mac: 'a' }, {}])).toEqual(['a', 'b']);
  });
});

describe('what moves', () => {
  it('no longer moves ten seconds after the last report', () => {
    expect([1_009_000, 1_010_000].map((now) => isMoving(progress, now))).toEqual([true, false]);
    expect(isMoving(undefined, 1)).toBe(false);
  });
  it('is shown by the file that is read, where it is known', () => {
    expect(partOrWhole(progress)).toEqual({ message: 'r750-03 reads Fedora-43', done: 500, total: 1000, rate: 50 });
    const part = { name: 'images/install.img', done: 1, total: 2 };
    expect(partOrWhole({ ...progress, part })).toEqual({ message: 'install.img', done: 1, total: 2, rate: 50 });
  });
  it.each([
    ['rate unknown', { total: 2 }, undefined],
    ['end unknown', { rate: 5 }, undefined],
    ['standing still', { total: 2, rate: 0 }, undefined],
    ['both known', { done: 100, total: 200, rate: 10 }, 10],
    ['more than announced', { done: 3, total: 2, rate: 1 }, 0],
  ])('time left: %s', (_name, known, seconds) => {
    expect(timeLeftOf({ key: 'k', message: '', done: 1, at: 1, ...known })).toBe(seconds);
  });
});

it('names sort as people count', () => {
  expect(['n10', 'n9', 'n1'].sort(compareNames)).toEqual(['n1', 'n9', 'n10']);
});
