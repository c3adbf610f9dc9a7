import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ChapAccount } from '../../../contract/iscsi.ts';
import { Login, type Admission, type LoginStep } from '../../../main-services/iscsi/login/login.ts';
import { headerOf, type Pdu } from '../../../main-services/iscsi/wire/pdu.ts';
import { decodeText } from '../../../main-services/iscsi/wire/text.ts';

const NAMES = { InitiatorName: 'iqn.2010-04.org.ipxe:host', TargetName: 'iqn.x:disk' };
/** Transit and stages: current, next. */
const OPERATIONAL_TO_FULL = 0x87;
const SECURITY_TO_OPERATIONAL = 0x81;
const SECURITY = 0x00;

function request(flags: number, keys: Record<string, string>, change: (header: Buffer) => void = () => undefined): Pdu {
  const header = headerOf(0x43, flags);
  header.writeUInt32BE(0x1234, 16);
  header.writeUInt32BE(7, 24);
  change(header);
  const data = Buffer.from(
    Object.entries(keys)
      .map(([key, value]) => `${key}=${value}\0`)
      .join(''),
  );
  return { opcode: 3, isImmediate: true, flags, header, data };
}

function login(admission: Admission = { kind: 'admitted' }): Login {
  return new Login({ admit: () => Promise.resolve(admission), tsih: () => 5 });
}

function keysOf(step: LoginStep): Record<string, string> {
  return step.kind === 'failed' ? {} : Object.fromEntries(decodeText(step.data)!);
}

const failed = (status: number): unknown => expect.objectContaining({ kind: 'failed', status });

describe('login', () => {
  test('in one request: names, keys and full feature phase', async () => {
    const step = await login().next(request(OPERATIONAL_TO_FULL, { ...NAMES, HeaderDigest: 'None' }));
    expect(step).toMatchObject({ kind: 'done', ask: { initiatorName: NAMES.InitiatorName, targetName: NAMES.TargetName } });
    expect(keysOf(step)).toEqual({ HeaderDigest: 'None', TargetPortalGroupTag: '1', MaxRecvDataSegmentLength: '65536' });
    const { header } = step;
    expect([header[0], header[1], header.readUInt16BE(14), header.readUInt32BE(16)]).toEqual([0x23, 0x87, 5, 0x1234]);
    expect([24, 28, 32].map((at) => header.readUInt32BE(at))).toEqual([0, 7, 8]);
    expect(header.readUInt16BE(36)).toBe(0);
  });

  test('in both stages: the group tag is in the first answer, the data segment in the operational one', async () => {
    const steps = login();
    const first = await steps.next(request(SECURITY_TO_OPERATIONAL, { ...NAMES, AuthMethod: 'None' }));
    expect([first.kind, first.header[1]]).toEqual(['answer', 0x81]);
    expect(keysOf(first)).toEqual({ AuthMethod: 'None', TargetPortalGroupTag: '1' });
    const second = await steps.next(request(OPERATIONAL_TO_FULL, { MaxBurstLength: '262144' }));
    expect(second.kind).toBe('done');
    expect(keysOf(second)).toEqual({ MaxBurstLength: '262144', MaxRecvDataSegmentLength: '65536' });
    expect(second.header.readUInt32BE(24)).toBe(1);
  });

  test('a discovery session names no target', async () => {
    const step = await login().next(request(OPERATIONAL_TO_FULL, { InitiatorName: 'iqn.a', SessionType: 'Discovery' }));
    expect(step).toMatchObject({ kind: 'done', ask: { initiatorName: 'iqn.a', targetName: undefined } });
    expect(keysOf(step)).toEqual({ MaxRecvDataSegmentLength: '65536' });
  });

  test('text that is continued is read as one', async () => {
    const steps = login();
    const part = request(0x44, {});
    const first = await steps.next({ ...part, data: Buffer.from('InitiatorName=iqn.a\0Targ') });
    expect([first.kind, keysOf(first), first.header[1]]).toEqual(['answer', {}, 0x04]);
    const second = await steps.next({ ...request(OPERATIONAL_TO_FULL, {}), data: Buffer.from('etName=iqn.b\0') });
    expect(second).toMatchObject({ kind: 'done', ask: { initiatorName: 'iqn.a', targetName: 'iqn.b' } });
  });

  const isOld = (header: Buffer): void => void (header[3] = 1);
  test.each([
    ['no initiator', request(OPERATIONAL_TO_FULL, { TargetName: 'x' }), 0x0207],
    ['no target', request(OPERATIONAL_TO_FULL, { InitiatorName: 'x' }), 0x0207],
    ['another session type', request(OPERATIONAL_TO_FULL, { ...NAMES, SessionType: 'Other' }), 0x0209],
    ['a later version', request(OPERATIONAL_TO_FULL, NAMES, isOld), 0x0205],
    ['a session that exists', request(OPERATIONAL_TO_FULL, NAMES, (header) => header.writeUInt16BE(9, 14)), 0x020a],
    ['stage 2', request(0x8b, NAMES), 0x020b],
    ['stage 3', request(0x8f, NAMES), 0x020b],
    ['a transit to the same stage', request(0x85, NAMES), 0x020b],
    ['a transit backwards', request(0x84, NAMES), 0x020b],
    ['a transit to stage 2', request(0x82, NAMES), 0x020b],
    ['a transit that is continued', request(0xc7, NAMES), 0x020b],
    ['only other methods', request(SECURITY_TO_OPERATIONAL, { ...NAMES, AuthMethod: 'KRB5' }), 0x0201],
    ['text that is none', { ...request(OPERATIONAL_TO_FULL, {}), data: Buffer.from('abc\0') }, 0x0200],
  ])('with %s is refused', async (_, pdu, status) => {
    const step = await login().next(pdu);
    expect(step).toEqual(failed(status));
    expect(step.header.readUInt16BE(36)).toBe(status);
  });

  test('does not go back a stage', async () => {
    const steps = login();
    await steps.next(request(0x04, NAMES));
    expect(await steps.next(request(SECURITY_TO_OPERATIONAL, {}))).toEqual(failed(0x020b));
  });

  test('is refused as admission says, also where admission is not possible', async () => {
    expect(await login({ kind: 'refused', status: 0x0203 }).next(request(OPERATIONAL_TO_FULL, NAMES))).toEqual(failed(0x0203));
    const broken = new Login({ admit: () => Promise.reject(new Error('disk')), tsih: () => 1 });
    expect(await broken.next(request(OPERATIONAL_TO_FULL, NAMES))).toEqual(failed(0x0300));
  });

  test('ends after 32 requests, 64 KiB of text, or an answer longer than 8192 bytes', async () => {
    const steps = login();
    for (let count = 0; count < 32; count++) expect((await steps.next(request(0x04, NAMES))).kind).toBe('answer');
    expect(await steps.next(request(0x04, NAMES))).toEqual(failed(0x0200));
    const long = login();
    const part = { ...request(0x44, {}), data: Buffer.alloc(65_536, 'a') };
    expect((await long.next(part)).kind).toBe('answer');
    expect(await long.next({ ...part, data: Buffer.from('a') })).toEqual(failed(0x0200));
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`X${index}`, '1']));
    expect(await login().next(request(OPERATIONAL_TO_FULL, { ...NAMES, ...many }))).toEqual(failed(0x0200));
  });
});

describe('CHAP', () => {
  const account: ChapAccount = { name: 'user', secret: 'secret of user' };
  const mutual: ChapAccount = { ...account, mutual: { name: 'target', secret: 'other secret' } };
  const digest = (id: number, secret: string, challenge: Buffer): string =>
    `0x${createHash('md5').update(Uint8Array.of(id)).update(secret).update(challenge).digest('hex')}`;

  async function challenged(chap: ChapAccount): Promise<{ steps: Login; id: number; bytes: Buffer }> {
    const steps = login({ kind: 'admitted', chap });
    const first = await steps.next(request(SECURITY, { ...NAMES, AuthMethod: 'CHAP,None' }));
    expect(keysOf(first)).toEqual({ AuthMethod: 'CHAP', TargetPortalGroupTag: '1' });
    const { CHAP_A, CHAP_I, CHAP_C } = keysOf(await steps.next(request(SECURITY, { CHAP_A: '5' })));
    expect(CHAP_A).toBe('5');
    return { steps, id: Number(CHAP_I), bytes: Buffer.from(CHAP_C!.slice(2), 'hex') };
  }

  test('the right response is accepted, and only then the next stage', async () => {
    const { steps, id, bytes } = await challenged(account);
    const step = await steps.next(request(SECURITY_TO_OPERATIONAL, { CHAP_N: 'user', CHAP_R: digest(id, account.secret, bytes) }));
    expect([step.kind, step.header[1]]).toEqual(['answer', 0x81]);
    expect((await steps.next(request(OPERATIONAL_TO_FULL, {}))).kind).toBe('done');
  });

  test.each([
    ['a wrong secret', 'user', 'wrong secret'],
    ['another name', 'other', account.secret],
  ])('%s is refused', async (_, name, secret) => {
    const { steps, id, bytes } = await challenged(account);
    expect(await steps.next(request(SECURITY_TO_OPERATIONAL, { CHAP_N: name, CHAP_R: digest(id, secret, bytes) }))).toEqual(failed(0x0201));
  });

  test('each challenge has other bytes', async () => {
    expect((await challenged(account)).bytes).not.toEqual((await challenged(account)).bytes);
  });

  test('mutual: the target proves itself where it is asked to', async () => {
    const { steps, id, bytes } = await challenged(mutual);
    const theirs = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const keys = { CHAP_N: 'user', CHAP_R: digest(id, account.secret, bytes), CHAP_I: '9', CHAP_C: `0b${theirs.toString('base64')}` };
    const step = await steps.next(request(SECURITY_TO_OPERATIONAL, keys));
    expect(keysOf(step)).toEqual({ CHAP_N: 'target', CHAP_R: digest(9, 'other secret', theirs) });
    const other = await challenged(mutual);
    const own = { CHAP_N: 'user', CHAP_R: digest(other.id, account.secret, other.bytes) };
    expect((await other.steps.next(request(SECURITY_TO_OPERATIONAL, own))).kind).toBe('answer');
  });

  test.each([
    ['the target’s own challenge', mutual, '9', undefined],
    ['an identifier that is none', mutual, '256', '0x00112233'],
    ['a challenge that is none', mutual, '9', '00112233'],
    ['proof of a target that has no secret', account, '9', '0x00112233'],
  ])('mutual with %s is refused', async (_, chap, identifier, challenge) => {
    const { steps, id, bytes } = await challenged(chap);
    const reflected = challenge ?? `0x${bytes.toString('hex')}`;
    const keys = { CHAP_N: 'user', CHAP_R: digest(id, account.secret, bytes), CHAP_I: identifier, CHAP_C: reflected };
    expect(await steps.next(request(SECURITY_TO_OPERATIONAL, keys))).toEqual(failed(0x0201));
  });

  test.each([
    ['without the security stage', OPERATIONAL_TO_FULL, {}],
    ['without a method', SECURITY_TO_OPERATIONAL, {}],
    ['with the method None', SECURITY_TO_OPERATIONAL, { AuthMethod: 'None' }],
    ['with another algorithm', SECURITY, { AuthMethod: 'CHAP', CHAP_A: '7' }],
    ['with a response before the challenge', SECURITY, { AuthMethod: 'CHAP', CHAP_N: 'user', CHAP_R: '0x00' }],
  ])('%s is refused', async (_, flags, keys) => {
    expect(await login({ kind: 'admitted', chap: account }).next(request(flags, { ...NAMES, ...keys }))).toEqual(failed(0x0201));
  });

  test('a transit without a response is not granted', async () => {
    const steps = login({ kind: 'admitted', chap: account });
    const step = await steps.next(request(SECURITY_TO_OPERATIONAL, { ...NAMES, AuthMethod: 'CHAP' }));
    expect([step.kind, step.header[1]]).toEqual(['answer', 0]);
    expect(await steps.next(request(OPERATIONAL_TO_FULL, {}))).toEqual(failed(0x0201));
  });
});
