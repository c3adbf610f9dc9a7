import { describe, expect, test } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { hostTargetName, parseTargetName } from '../../../contract/iscsi.ts';
import type { HostInterface } from '../../../main-services/boot/boot.ts';
import { decideLogin, type LoginFacts } from '../../../main-services/iscsi/admission.ts';
import { placesFor, Sessions, type NewSession } from '../../../main-services/iscsi/sessions.ts';
import { placeFor } from '../../../main-services/iscsi/connections.ts';
import { hostInput, TestClock } from '../../fixtures/data-fixture.ts';

const MAC = '52:54:00:00:00:01';
const alpha = machine('alpha', MAC);
const beta = machine('beta', '52:54:00:00:00:02');
const unknown = new BootbenchError('E_IDENTITY_UNKNOWN', 'Another machine answers.');
const noSecret = new BootbenchError('E_NO_SECRET', 'No secret is stored.');
const CHAP = { name: 'user', secret: 'a-long-secret' };

const ALPHAS: LoginFacts = {
  name: hostTargetName(MAC),
  target: parseTargetName(hostTargetName(MAC)),
  owner: alpha,
  asker: alpha,
  image: undefined,
  chap: undefined,
};
const IMAGE = { target: { kind: 'image', image: 'debian' }, owner: undefined } as const;

function machine(name: string, mac: string): HostInterface {
  const host = { ...hostInput(name, mac), facts: {}, identityConflict: false, createdAt: 0, updatedAt: 0 };
  return { host, iface: host.interfaces[0]! };
}

describe('a login', () => {
  test.each<[string, Partial<LoginFacts>, number | 'admitted', string?]>([
    ['of the machine itself', {}, 'admitted'],
    ['of the machine itself, with an account', { chap: CHAP }, 'admitted'],
    ['where the account has no secret', { chap: noSecret }, 0x0201, 'E_NO_SECRET'],
    ['of a machine that was not identified', { asker: unknown }, 0x0202, 'E_IDENTITY_UNKNOWN'],
    ['of another host', { asker: beta }, 0x0202, 'E_IDENTITY_UNKNOWN'],
    ['of another host, whose reason is not the account', { asker: beta, chap: noSecret }, 0x0202, 'E_IDENTITY_UNKNOWN'],
    ['to a MAC without a host', { owner: undefined }, 0x0203, 'E_NOT_FOUND'],
    ['to a name of another target', { target: undefined, owner: undefined }, 0x0203, 'E_NOT_FOUND'],
    ['to an image', { ...IMAGE, image: 'Debian' }, 'admitted'],
    ['to an image, of a machine that was not identified', { ...IMAGE, image: 'Debian', asker: unknown }, 'admitted'],
    ['to an image that there is not', IMAGE, 0x0203, 'E_NOT_FOUND'],
  ])('%s', (_name, facts, expected, code) => {
    const decision = decideLogin({ ...ALPHAS, ...facts });
    expect(decision.kind === 'admitted' ? [decision.kind] : [decision.status, decision.error.code]).toEqual(
      code === undefined ? [expected] : [expected, code],
    );
  });

  test('brings its account', () => {
    expect(decideLogin({ ...ALPHAS, chap: CHAP })).toEqual({ kind: 'admitted', to: { kind: 'host', machine: alpha }, chap: CHAP });
  });
});

describe('sessions that a newer one ends', () => {
  const of = (isid: string, lastAt: number, more: Partial<NewSession> = {}) => ({
    ...{ to: { kind: 'host', machine: alpha } as const, initiatorName: 'iqn.a', isid, address: '10.0.0.1', lastAt },
    ...more,
  });

  test('none while there is room', () => {
    expect(placesFor([of('1', 1), of('2', 2)], of('3', 3), 3)).toEqual({ replaced: [], evicted: undefined, isFull: false });
  });
  test('the same one, which needs no room', () => {
    const open = [of('1', 1), of('2', 2)];
    expect(placesFor(open, of('2', 3), 2)).toEqual({ replaced: [open[1]], evicted: undefined, isFull: false });
  });
  test('the one of the same initiator that read longest ago', () => {
    const open = [of('1', 5), of('2', 2), of('3', 1, { initiatorName: 'iqn.b' })];
    expect(placesFor(open, of('4', 9), 3)).toEqual({ replaced: [], evicted: open[1], isFull: false });
  });
  test('never one of another initiator', () => {
    expect(placesFor([of('1', 1), of('2', 2)], of('3', 3, { initiatorName: 'iqn.b' }), 2).isFull).toBe(true);
  });
  test('never one of another host, though it gives itself the same name', () => {
    const others = of('1', 1, { to: { kind: 'host', machine: beta } });
    expect(placesFor([others], of('1', 2), 1)).toEqual({ replaced: [], evicted: undefined, isFull: false });
  });
  test('never one of another address at an image', () => {
    const to = { kind: 'image', image: 'debian' } as const;
    expect(placesFor([of('1', 1, { to })], of('1', 2, { to, address: '10.0.0.2' }), 1).isFull).toBe(false);
  });
});

describe('a connection', () => {
  const open = (ip: string, count: number, hasSession: boolean) => Array.from({ length: count }, (_, id) => ({ ip, hasSession, id }));
  const addresses = (count: number, each: number, hasSession = false) =>
    Array.from({ length: count }, (_, at) => open(`c${at}`, each, hasSession)).flat();

  test.each([
    ['where there are few', [...open('a', 20, true), ...open('a', 15, false)], 'found'],
    ['where its address has too many without a session', open('a', 16, false), 'refused'],
    ['where another address has', open('b', 16, false), 'found'],
    ['where its address has too many', open('a', 64, true), 'refused'],
    ['where its address has most of too many', [...open('a', 15, false), ...addresses(15, 8)], 'refused'],
    ['where all are sessions', addresses(256, 8, true), 'refused'],
  ] as const)('%s', (_name, known, kind) => {
    expect(placeFor(known, 'a')).toEqual(kind === 'found' ? { kind, instead: undefined } : expect.objectContaining({ kind }));
  });

  test.each([
    ['too many log in', [...open('b', 1, false), ...addresses(15, 8), ...open('d', 9, false)], { ip: 'd', id: 0 }],
    ['each address has one', addresses(128, 1), { ip: 'c0', id: 0 }],
    ['too many are open', [...addresses(255, 8, true), ...open('d', 8, false)], { ip: 'd', id: 0 }],
  ] as const)('takes the place of the oldest without a session of the address that has most where %s', (_name, known, instead) => {
    expect(placeFor(known, 'a')).toMatchObject({ kind: 'found', instead });
  });
});

test('a session that stops reading has no rate after three seconds', () => {
  const clock = new TestClock();
  const sessions = new Sessions(clock);
  const told: number[] = [];
  sessions.onChange(() => told.push(sessions.list[0]?.rate ?? -1));
  const asked: NewSession = { to: { kind: 'host', machine: alpha }, initiatorName: 'iqn.a', isid: '1', address: '10.0.0.1' };
  const session = sessions.begin(asked, { device: 'cd', close: () => undefined });
  sessions.delivered(session, 400_000_000);
  clock.advance(1000);
  expect(told.at(-1)).toBe(400_000_000);
  clock.advance(3000);
  expect(told.at(-1)).toBe(0);
  sessions.end(session);
});
