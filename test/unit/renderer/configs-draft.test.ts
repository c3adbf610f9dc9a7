import { describe, expect, it } from 'vitest';
import type { Config, Host } from '../../../contract/inventory.ts';
import { templateFields } from '../../../main-services/boot/views/fields.ts';
import { mergePatch } from '../../../util/merge-patch.ts';
import { guessFormat } from '../../../renderer/features/configs/guess-format.ts';
import {
  changedFiles,
  draftOf,
  isChanged,
  keepMine,
  meet,
  patchOf,
  removeFile,
  renameFile,
  setText,
  withMine,
} from '../../../renderer/features/configs/draft.ts';
import { fieldsFor, TEMPLATE_FIELDS } from '../../../renderer/features/configs/template-fields.ts';

const CONFIG: Config = {
  name: 'web',
  format: 'autoinstall',
  description: '',
  files: { 'user-data': 'a', 'meta-data': 'b' },
  defaultFile: 'user-data',
  createdAt: 0,
  updatedAt: 0,
};
const saved = (files: Record<string, string>): Config => ({ ...CONFIG, files });

describe('a draft', () => {
  it('is changed by text, and unchanged when the text is back', () => {
    const touched = setText(draftOf(CONFIG), 'user-data', 'x');
    expect([isChanged(touched), changedFiles(touched)]).toEqual([true, ['user-data']]);
    expect(isChanged(setText(touched, 'user-data', 'a'))).toBe(false);
  });

  it('its patch makes the appliance’s copy one’s own', () => {
    const renamed = renameFile(setText(draftOf(CONFIG), 'user-data', 'x'), 'user-data', 'u');
    expect(Object.keys(renamed.mine.files)).toEqual(['u', 'meta-data']);
    expect(patchOf(renamed)).toEqual({ files: { 'user-data': null, u: 'x' }, defaultFile: 'u' });
    const removed = withMine(removeFile(renamed, 'u'), { description: 'd', format: 'other' });
    const { name: _name, createdAt: _c, updatedAt: _u, ...content } = CONFIG;
    expect(mergePatch(content, patchOf(removed))).toEqual({ format: 'other', description: 'd', files: { 'meta-data': 'b' } });
  });

  it.each([
    ['nothing happened', draftOf(CONFIG), CONFIG, 'same'],
    ['only I changed it', setText(draftOf(CONFIG), 'user-data', 'x'), CONFIG, 'same'],
    ['only another changed it', draftOf(CONFIG), saved({ 'user-data': 'z' }), 'follow'],
    ['both wrote the same', setText(draftOf(saved({ f: 'a' })), 'f', 'x'), saved({ f: 'x' }), 'follow'],
    ['both wrote', setText(draftOf(CONFIG), 'user-data', 'x'), saved({ 'user-data': 'z' }), 'conflict'],
    ['I wrote, another removed the file', setText(draftOf(CONFIG), 'user-data', 'x'), saved({ 'meta-data': 'b' }), 'conflict'],
  ])('%s', (_name, draft, config, kind) => expect(meet(draft, config).kind).toBe(kind));

  it('keeping one’s own makes a patch upon the other version', () => {
    const theirs = saved({ 'user-data': 'z', extra: 'e' });
    const mine = keepMine(setText(draftOf(CONFIG), 'user-data', 'x'), draftOf(theirs).base);
    expect(meet(mine, theirs).kind).toBe('same');
    expect(patchOf(mine)).toEqual({ files: { extra: null, 'user-data': 'x', 'meta-data': 'b' } });
  });
});

describe('the format of a file', () => {
  it.each([
    ['worker.ign', '', 'ignition'],
    ['', '{ "ignition": {} }', 'ignition'],
    ['', '#cloud-config\n', 'autoinstall'],
    ['', 'd-i debian-installer/locale string en_US', 'preseed'],
    ['ks.cfg', '', 'kickstart'],
    ['', 'text\n%packages\n', 'kickstart'],
    ['', '#!ipxe\n', 'ipxe'],
    ['autounattend.xml', '', 'autounattend'],
    ['autoinst.xml', '', 'autoyast'],
    ['', 'hello', undefined],
  ])('%s “%s” is %s', (file, text, format) => expect(guessFormat(file, text)).toBe(format));
});

describe('the list of fields', () => {
  const host: Host = {
    name: 'h',
    interfaces: [{ mac: '52:54:00:00:00:01', allowPXE: true }],
    localBoot: { kind: 'exit' },
    vars: { role: 'web' },
    facts: {},
    createdAt: 0,
    updatedAt: 0,
  };

  it('is the appliance’s own', () => {
    const world = {
      bootUrl: 'http://192.168.77.1:7080',
      image: undefined,
      config: undefined,
      token: undefined,
      configFile: undefined,
      leasedIp: undefined,
    };
    const own = [...templateFields({ ...host, vars: {} }, host.interfaces[0]!, world).keys()];
    expect(TEMPLATE_FIELDS.map(({ name }) => name)).toEqual(own);
  });

  it('has the hosts’ own fields, and which hosts have them', () => {
    const own = fieldsFor({ a: { ...host, name: 'a' }, b: { ...host, name: 'b' }, c: { ...host, name: 'c' } }).at(-1);
    expect(own).toEqual({ name: 'host.vars.role', meaning: 'Own field of a, b and c' });
  });
});
