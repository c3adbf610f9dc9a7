import { describe, expect, it } from 'vitest';
import type { Config } from '../../../contract/inventory.ts';
import { contentTypeOf, defaultFile, pickFile } from '../../../main-services/config/files.ts';
import { renderTemplate } from '../../../main-services/config/template.ts';
import { mergePatch } from '../../../util/merge-patch.ts';

const fields = new Map<string, string | undefined>([
  ['host.name', 'node1'],
  ['host.ip', undefined],
  ['host.vars.role', 'db'],
]);
const render = (text: string) => renderTemplate(text, fields, 'ks.cfg');

describe('templates', () => {
  it.each([
    ['a field', 'hostname={{ host.name }}', 'hostname=node1'],
    ['a field without blanks', '{{host.vars.role}}', 'db'],
    ['several on a line', '{{host.name}}-{{host.name}}', 'node1-node1'],
    ['closing braces of JSON', '{"a":{"b":{}}}', '{"a":{"b":{}}}'],
    ['shell variables', '${HOME} $1', '${HOME} $1'],
    ['escaped braces, for Jinja and Go templates', '\\{{ ds.meta_data }}', '{{ ds.meta_data }}'],
    ['dollar signs in a text', '$& {{ host.name }} $1', '$& node1 $1'],
  ])('fill %s', (_name, text, expected) => {
    expect(render(text)).toBe(expected);
  });

  it.each([
    ['an unknown field, with its place', 'a\n  {{ host.nmae }}', /ks\.cfg, line 2, column 3: unknown field "host\.nmae"/],
    ['a near miss, with a suggestion', '{{ role }}', /Did you mean host\.vars\.role\?/],
    ['a field that this host has no value for', '{{ host.ip }}', /this host has no host\.ip/],
    ['braces that are left open', '{{ host.name', /begins a field/],
  ])('refuse %s', (_name, text, message) => {
    expect(() => render(text)).toThrow(
      expect.objectContaining({ code: 'E_TEMPLATE_FIELD', message: expect.stringMatching(message) as string }),
    );
  });

  it('tells where the field is', () => {
    expect(() => render('a\n  {{ host.nmae }}')).toThrow(
      expect.objectContaining({ details: { place: { file: 'ks.cfg', line: 2, column: 3 } } }),
    );
  });
});

const config = (format: Config['format'], names: string[], defaultName?: string): Config => ({
  name: 'c',
  format,
  files: Object.fromEntries(names.map((name) => [name, name])),
  defaultFile: defaultName,
  description: '',
  createdAt: 0,
  updatedAt: 0,
});

describe('the default file', () => {
  it.each([
    ['the config’s own choice', config('kickstart', ['a', 'ks.cfg'], 'a'), 'a'],
    ['the only file', config('ignition', ['x']), 'x'],
    ['the usual name', config('autoinstall', ['meta-data', 'user-data', 'vendor-data']), 'user-data'],
    ['the only one with the extension', config('ignition', ['notes.txt', 'node.ign']), 'node.ign'],
  ])('is %s', (_name, given, expected) => {
    expect(defaultFile(given)).toBe(expected);
  });

  it('is none when two could be it, whatever order they were written in', () => {
    for (const names of [
      ['a.ign', 'b.ign'],
      ['b.ign', 'a.ign'],
    ]) {
      expect(() => defaultFile(config('ignition', names))).toThrow(
        expect.objectContaining({ code: 'E_CONFIG_AMBIGUOUS', message: expect.stringContaining('a.ign, b.ign') as string }),
      );
    }
  });

  it('is not what a name finds; a wrong name says which there are', () => {
    expect(pickFile(config('ignition', ['a.ign', 'b.ign']), 'b.ign')).toEqual({ name: 'b.ign', text: 'b.ign' });
    expect(() => pickFile(config('other', ['a']), 'toString')).toThrow(/has no file "toString"; it has a/);
  });
});

describe('files that a format implies', () => {
  it('are there for NoCloud, which gives up without them, and are not the default', () => {
    const given = config('autoinstall', ['user-data']);
    expect(pickFile(given, 'meta-data').text).toBe('instance-id: {{ host.name }}\n');
    expect(pickFile(given, 'vendor-data').text).toBe('');
    expect(defaultFile(given)).toBe('user-data');
    expect(pickFile(config('autoinstall', ['user-data', 'meta-data']), 'meta-data').text).toBe('meta-data');
    expect(() => pickFile(config('kickstart', ['ks.cfg']), 'meta-data')).toThrow(/has no file "meta-data"/);
  });

  // canonical/cloud-init#5670: since 24.3 NoCloud asks for it too, and tries ten times when it gets 404.
  it('c1: network-config is there and empty, like vendor-data; a config’s own wins', () => {
    expect(pickFile(config('autoinstall', ['user-data']), 'network-config').text).toBe('');
    expect(pickFile(config('autoinstall', ['user-data', 'network-config']), 'network-config').text).toBe('network-config');
  });

  // canonical/cloud-init#2895: a seed is any folder with user-data, whatever reads it (cloud images, Fedora, Alpine).
  it('c1: a config of another format that holds user-data is a seed as well', () => {
    const seed = config('other', ['user-data', 'setup.sh']);
    for (const name of ['meta-data', 'vendor-data', 'network-config']) expect(pickFile(seed, name).text).toBeDefined();
    expect(() => pickFile(config('other', ['setup.sh']), 'network-config')).toThrow(/has no file/);
  });
});

describe('a byte order mark', () => {
  // hetznercloud/cli#511: cloud-init takes "\ufeff#cloud-config" for nothing that it knows.
  it('c2: is left out of what is served', () => {
    const given = { ...config('autoinstall', ['user-data']), files: { 'user-data': '\u{feff}#cloud-config\n', 'x.sh': 'a\u{feff}b' } };
    expect(pickFile(given, 'user-data').text).toBe('#cloud-config\n');
    expect(pickFile(given, 'x.sh').text).toBe('a\u{feff}b');
  });
});

describe('content types', () => {
  it.each([
    ['ignition', 'config.ign', 'application/vnd.coreos.ignition+json'],
    ['autoinstall', 'user-data', 'text/yaml; charset=utf-8'],
    ['kickstart', 'ks.cfg', 'text/plain; charset=utf-8'],
    ['autounattend', 'autounattend.xml', 'application/xml; charset=utf-8'],
    ['other', 'x.json', 'application/json'],
  ] as const)('%s %s is %s', (format, name, expected) => {
    expect(contentTypeOf(format, name)).toBe(expected);
  });
});

describe('RFC 7386, appendix A', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it('does not reach the prototype', () => {
    mergePatch({}, JSON.parse('{"__proto__":{"polluted":1}}'));
    expect({}).not.toHaveProperty('polluted');
  });
});
