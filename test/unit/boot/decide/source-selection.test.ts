import { describe, expect, it } from 'vitest';
import { selectSource, type SourceInputs } from '../../../../main-services/boot/decide/source-selection.ts';

const NOTHING: SourceInputs = {
  query: undefined,
  interfaceSource: undefined,
  assignedImage: undefined,
  defaultUrl: undefined,
  allowSourceIso: [],
  libraryImages: ['hook', 'debian'],
};
const DEFAULT = 'http://10.0.0.1/default.iso?sig=a%2Fb';
const HARDWARE = 'https://10.0.0.2/hardware.iso';
const choose = (inputs: Partial<SourceInputs>) => selectSource({ ...NOTHING, ...inputs });

describe('the ISO of a host', () => {
  it.each<[string, Partial<SourceInputs>, object]>([
    ['the default, when there is nothing else', { defaultUrl: DEFAULT }, { type: 'url', url: DEFAULT, trusted: true }],
    ['the assigned image before the default', { defaultUrl: DEFAULT, assignedImage: 'debian' }, { type: 'image', name: 'debian' }],
    [
      'the interface’s before the assigned image and the default',
      { defaultUrl: DEFAULT, assignedImage: 'debian', interfaceSource: HARDWARE },
      { type: 'url', url: HARDWARE, trusted: true },
    ],
    [
      'the query’s image before all',
      { defaultUrl: DEFAULT, assignedImage: 'debian', interfaceSource: HARDWARE, query: 'hook', allowSourceIso: ['any'] },
      { type: 'image', name: 'hook' },
    ],
    [
      'the query’s http URL at a listed host',
      { defaultUrl: DEFAULT, query: 'http://Mirror.example/x.iso?y=z', allowSourceIso: ['mirror.example'] },
      { type: 'url', url: 'http://Mirror.example/x.iso?y=z', trusted: false },
    ],
    [
      'the query’s https URL at a listed host and port',
      { query: 'https://mirror.example:8443/x.iso', allowSourceIso: [' MIRROR.example:8443 '] },
      { type: 'url', trusted: false },
    ],
  ])('is %s', (_, inputs, expected) => expect(choose(inputs)).toMatchObject(expected));

  it.each<[string, Partial<SourceInputs>, string]>([
    ['nothing is there', {}, 'E_NO_SOURCE'],
    ['the hardware’s is ftp', { interfaceSource: 'ftp://10.0.0.2/x.iso', defaultUrl: DEFAULT }, 'E_SOURCE_URL'],
    ['the hardware’s is no URL', { interfaceSource: 'not-a-valid-url', defaultUrl: DEFAULT }, 'E_SOURCE_URL'],
    ['the default is no URL', { defaultUrl: '/hook.iso' }, 'E_SOURCE_URL'],
    ['the query is off', { query: 'hook', defaultUrl: DEFAULT }, 'E_SOURCE_FORBIDDEN'],
    ['the query is ftp', { query: 'ftp://a/x.iso', allowSourceIso: ['a'] }, 'E_SOURCE_URL'],
    ['the query is garbage', { query: 'not-a-valid-url', allowSourceIso: ['a'] }, 'E_SOURCE_URL'],
    ['the query is empty', { query: '', allowSourceIso: ['a'] }, 'E_SOURCE_URL'],
    ['the query’s host is not listed', { query: 'http://b/x.iso', allowSourceIso: ['a'] }, 'E_SOURCE_FORBIDDEN'],
    ['the query’s port is not listed', { query: 'http://a:81/x.iso', allowSourceIso: ['a:80'] }, 'E_SOURCE_FORBIDDEN'],
    ['a listed name is only part of the host', { query: 'http://a.evil.example/x.iso', allowSourceIso: ['a'] }, 'E_SOURCE_FORBIDDEN'],
    ['a listed name is only the user', { query: 'http://a@evil.example/x.iso', allowSourceIso: ['a'] }, 'E_SOURCE_FORBIDDEN'],
  ])('is refused when %s', (_, inputs, code) => {
    expect(() => choose(inputs)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
