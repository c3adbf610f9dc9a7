import { describe, expect, it } from 'vitest';
import { asBootbenchError } from '../../../contract/errors.ts';
import { applyJsonPatch, writtenPaths } from '../../../main-services/management/rest/json-patch.ts';

type Json = Record<string, unknown>;
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return asBootbenchError(error).code;
  }
  return 'none';
};

describe('a JSON Patch', () => {
  // RFC 6902, appendix A.
  it.each<[string, Json, unknown[], Json]>([
    ['A.1 adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    ['A.2 adds an element', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    ['A.3 removes a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['A.4 removes an element', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    ['A.5 replaces a value', { baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
    [
      'A.6 moves a value',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7 moves an element',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8 tests values',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    ['A.10 adds a nested object', { foo: 'bar' }, [{ op: 'add', path: '/child', value: { a: {} } }], { foo: 'bar', child: { a: {} } }],
    ['A.11 ignores unknown members', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux', xyz: 1 }], { foo: 'bar', baz: 'qux' }],
    ['A.14 unescapes ~1 and ~0', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    ['A.16 adds an array value', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    ['§4.1 add replaces what is there', { a: 1 }, [{ op: 'add', path: '/a', value: null }], { a: null }],
    ['§4.1 add replaces the whole document', { a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
    ['§4.5 copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['§4.4 moves to where it is', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
    [
      '§4.6 test ignores the order of members',
      { a: { x: 1, y: 2 } },
      [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
      { a: { x: 1, y: 2 } },
    ],
    ['RFC 6901 an empty name', { '': 1 }, [{ op: 'replace', path: '/', value: 2 }], { '': 2 }],
    ['does nothing without operations', { a: 1 }, [], { a: 1 }],
  ])('%s', (_name, before, patch, after) => {
    const copy = structuredClone(before);
    expect(applyJsonPatch(before, patch)).toEqual(after);
    expect(before).toEqual(copy);
  });

  const document = { a: 1, list: ['x'], deep: { b: {} } };
  it.each<[string, unknown, string]>([
    ['A.9 a test that fails', [{ op: 'test', path: '/a', value: 2 }], 'E_CONFLICT'],
    ['A.15 a number is no string', [{ op: 'test', path: '/a', value: '1' }], 'E_CONFLICT'],
    ['A.12 no such container', [{ op: 'add', path: '/none/b', value: 1 }], 'E_BAD_INPUT'],
    ['A.13 no such op', [{ op: 'spam', path: '/a', value: 1 }], 'E_BAD_INPUT'],
    ['no op', [{ path: '/a', value: 1 }], 'E_BAD_INPUT'],
    ['no path', [{ op: 'add', value: 1 }], 'E_BAD_INPUT'],
    ['no value', [{ op: 'add', path: '/b' }], 'E_BAD_INPUT'],
    ['no value to test', [{ op: 'test', path: '/a' }], 'E_BAD_INPUT'],
    ['no from', [{ op: 'move', path: '/b' }], 'E_BAD_INPUT'],
    ['a path without a slash', [{ op: 'add', path: 'b', value: 1 }], 'E_BAD_INPUT'],
    ['a bad escape', [{ op: 'add', path: '/~2', value: 1 }], 'E_BAD_INPUT'],
    ['removes nothing', [{ op: 'remove', path: '/none' }], 'E_BAD_INPUT'],
    ['replaces nothing', [{ op: 'replace', path: '/none', value: 1 }], 'E_BAD_INPUT'],
    ['an index past the end', [{ op: 'add', path: '/list/2', value: 1 }], 'E_BAD_INPUT'],
    ['an index with a leading zero', [{ op: 'replace', path: '/list/00', value: 1 }], 'E_BAD_INPUT'],
    ['removes after the last', [{ op: 'remove', path: '/list/-' }], 'E_BAD_INPUT'],
    ['moves into its own child', [{ op: 'move', from: '/deep', path: '/deep/b' }], 'E_BAD_INPUT'],
    ['a member of a number', [{ op: 'add', path: '/a/b', value: 1 }], 'E_BAD_INPUT'],
    ['an inherited member', [{ op: 'replace', path: '/toString', value: 1 }], 'E_BAD_INPUT'],
    ['a prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], 'E_BAD_INPUT'],
    ['no document left', [{ op: 'remove', path: '' }], 'E_BAD_INPUT'],
    ['another document than an object', [{ op: 'replace', path: '', value: [] }], 'E_BAD_INPUT'],
    ['no list', { op: 'add', path: '/b', value: 1 }, 'E_BAD_INPUT'],
    ['no operation', [null], 'E_BAD_INPUT'],
    ['too many operations', Array.from({ length: 1001 }, () => ({ op: 'test', path: '/a', value: 1 })), 'E_BAD_INPUT'],
  ])('%s is refused', (_name, patch, code) => {
    expect(codeOf(() => applyJsonPatch(document, patch))).toBe(code);
    expect(document).toEqual({ a: 1, list: ['x'], deep: { b: {} } });
  });

  it('copies of copies end before they fill the memory', () => {
    const double = [
      { op: 'copy', from: '/a', path: '/a/b' },
      { op: 'copy', from: '/a', path: '/a/c' },
    ];
    const patch = Array.from({ length: 400 }, () => double).flat();
    expect(codeOf(() => applyJsonPatch({ a: { text: 'x'.repeat(1000) } }, patch))).toBe('E_BAD_INPUT');
  });

  it('tells the paths that it writes', () => {
    const patch = [
      { op: 'test', path: '/a', value: 1 },
      { op: 'move', from: '/b/c', path: '/d' },
      { op: 'copy', from: '/e', path: '/f~1g' },
    ];
    expect(writtenPaths(patch)).toEqual([['d'], ['b', 'c'], ['f/g']]);
  });
});
