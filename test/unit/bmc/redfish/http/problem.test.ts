import { describe, expect, it } from 'vitest';
import { refusal } from '../../../../../main-services/bmc/redfish/http/failure.ts';
import { askedFor, isImage } from '../../../../../main-services/bmc/redfish/media/insert-parameters.ts';
import { messagesOf, ownWords } from '../../../../../main-services/bmc/redfish/http/problem.ts';

const INFO = {
  MessageId: 'Base.1.12.PropertyUnknown',
  Message: 'The property X is unknown.',
  Resolution: 'Remove it.',
  MessageArgs: ['X'],
};
const read = { id: INFO.MessageId, wording: INFO.Message, resolution: INFO.Resolution, args: ['X'], properties: [] };
const said = (wording: string) => ({ id: undefined, wording, resolution: undefined, args: [], properties: [] });

describe('what a BMC says about a request', () => {
  it.each<[string, unknown, unknown]>([
    ['a list, as the standard has it', { error: { '@Message.ExtendedInfo': [INFO] } }, [read]],
    ['one object (iDRAC)', { error: { '@Message.ExtendedInfo': INFO } }, [read]],
    ['at the top of a body', { '@Message.ExtendedInfo': [INFO], Id: '1' }, [read]],
    ['about one property', { 'Boot@Message.ExtendedInfo': [INFO] }, [read]],
    ['a task’s', { TaskState: 'Exception', Messages: [INFO] }, [read]],
    ['strings in the list', { error: { '@Message.ExtendedInfo': ['no', ' '] } }, [said('no')]],
    [
      'a code and a message alone',
      { error: { code: 'Base.1.0.GeneralError', message: 'No.' } },
      [{ ...said('No.'), id: 'Base.1.0.GeneralError' }],
    ],
    ['an error that is a string', { error: 'No.' }, [said('No.')]],
    ['plain text', 'Failed to save HttpBootUri field value.', [said('Failed to save HttpBootUri field value.')]],
    ['an argument that is no list', { error: { '@Message.ExtendedInfo': { ...INFO, MessageArgs: 'X' } } }, [read]],
    ['messages of other types', { error: { '@Message.ExtendedInfo': [null, 7, [], {}, { Message: 7 }] } }, []],
    ['nothing', {}, []],
    ['null', null, []],
    ['a number', 7, []],
    ['an empty text', '  ', []],
  ])('%s', (_, body, expected) => {
    expect(messagesOf(body)).toEqual(expected);
  });

  it('many messages are cut to a few', () => {
    expect(messagesOf({ error: { '@Message.ExtendedInfo': Array(10_000).fill(INFO) } })).toHaveLength(8);
  });

  it('is told in its own words, the telling message of several', () => {
    const general = { id: 'Base.1.12.GeneralError', wording: 'See ExtendedInfo.', resolution: undefined, args: [], properties: [] };
    expect(ownWords([general, read], 400)).toBe(
      'It says: “The property X is unknown.” It advises: “Remove it.” (Base.1.12.PropertyUnknown, HTTP 400)',
    );
    expect(ownWords([{ ...read, resolution: 'None.' }], 400)).not.toContain('advises');
    expect(ownWords([], 404)).toBe('(HTTP 404)');
    expect(ownWords([said('x'.repeat(5_000))], 400).length).toBeLessThan(400);
  });
});

describe('what an insertion is asked for', () => {
  const URL_ = 'https://10.0.0.1/x.iso';
  const sent = { Image: URL_ };
  const missing = (id: string, wording: string, more = {}) => [{ id, wording, resolution: undefined, args: [], properties: [], ...more }];

  it.each([
    [
      'by arguments',
      missing('Base.1.5.ActionParameterMissing', '', { args: ['InsertMedia', 'TransferProtocolType'] }),
      { TransferProtocolType: 'HTTPS' },
    ],
    ['by related properties', missing('Base.1.5.PropertyMissing', '', { properties: ['#/TransferMethod'] }), { TransferMethod: 'Stream' }],
    ['by text without an id', [said('UserName and Password must be given')], { UserName: 'none', Password: 'none' }],
    ['by a general error', missing('Base.1.5.GeneralError', 'TransferProtocolType is required'), { TransferProtocolType: 'HTTPS' }],
    ['outside the schema', missing('X.ActionParameterMissing', 'MediaType'), { MediaType: 'CD' }],
  ])('%s', (_, messages, added) => {
    expect(askedFor(messages, sent, URL_)).toEqual({ ...sent, ...added });
  });

  it.each([
    ['an unknown property', missing('Base.0.10.PropertyUnknown', 'The property Inserted is not in the list of valid properties')],
    ['an unknown property without an id', [said('TransferMethod is not supported')]],
    ['something foreign', missing('Base.1.5.ActionParameterMissing', 'Flavour is missing')],
  ])('nothing by %s', (_, messages) => {
    expect(askedFor(messages, sent, URL_)).toBeUndefined();
  });

  it('nothing twice', () => {
    const body = { ...sent, TransferMethod: 'Stream' };
    expect(askedFor([said('TransferMethod missing')], body, URL_)).toBeUndefined();
  });

  it.each([
    ['http://10.0.0.1:8080/iso/aa/x%20y.iso', true],
    ['https://host/iso/aa/x y.iso', true],
    ['x y.iso', true],
    ['http://10.0.0.1:8080/iso/bb/x%20y.iso', false],
    ['%', false],
  ])('image %s is ours: %s', (Image, expected) => {
    expect(isImage({ Image, Inserted: true }, 'http://10.0.0.1:8080/iso/aa/x%20y.iso')).toBe(expected);
    expect(isImage({ Image: `${Image}?a=/b`, Inserted: true }, 'http://10.0.0.1:8080/iso/aa/x%20y.iso?a=/b')).toBe(expected);
  });
});

describe('the sentence of a refusal', () => {
  const asked = { what: 'insert http://a/x.iso into slot 1', username: 'root', image: 'http://a/x.iso' };
  it.each([
    [401, '', 'E_BMC_AUTH', 'The BMC rejected the user “root”'],
    [403, 'Base.1.0.PasswordChangeRequired', 'E_BMC_AUTH', 'The factory password must be changed'],
    [403, 'Base.1.0.InsufficientPrivilege', 'E_BMC_REFUSED', 'lacks the virtual media privilege, or the BMC lacks a licence'],
    [503, 'IDRAC.2.8.RAC0218', 'E_BMC_BUSY', 'session table is full'],
    [503, '', 'E_BMC_BUSY', 'is too busy to insert'],
    [400, 'IDRAC.2.8.RAC0904', 'E_BMC_REFUSED', 'could not read http://a/x.iso'],
    [400, 'IDRAC.2.8.SYS446', 'E_BMC_REFUSED', 'could not read http://a/x.iso'],
    [500, 'IDRAC.2.8.VRM0021', 'E_BMC_REFUSED', 'could not read http://a/x.iso'],
    [400, 'Base.1.0.Other', 'E_BMC_REFUSED', 'refused to insert http://a/x.iso into slot 1. (Base.1.0.Other, HTTP 400)'],
  ])('%i %s', (status, id, code, sentence) => {
    const error = refusal({ status, messages: [{ ...said(''), wording: undefined, id: id === '' ? undefined : id }] }, asked);
    expect(error.code).toBe(code);
    expect(error.message).toContain(sentence);
  });
});
