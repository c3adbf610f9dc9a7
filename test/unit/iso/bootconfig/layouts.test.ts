import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editBootConfig, editBootConfigBytes } from '../../../../main-services/iso/bootconfig/edit.ts';
import { recogniseBootConfig } from '../../../../main-services/iso/bootconfig/recognise.ts';
import { LAYOUTS } from './vendor-configs.ts';

const fixture = (file: string): Buffer => readFileSync(resolve(import.meta.dirname, '../../../fixtures/bootconfig', file));
const golden = (file: string): Buffer => fixture(file.replace(/\.(\w+)$/, '.after.$1'));

describe.each(LAYOUTS)('$file', ({ file, path, kind, change }) => {
  it(`is recognised as ${kind}`, () => {
    expect(recogniseBootConfig(path, fixture(file).toString('latin1'))).toBe(kind);
  });

  it('comes out as its golden file, byte for byte', () => {
    const { bytes } = editBootConfigBytes(kind, fixture(file), change, path);
    expect(bytes.toString('latin1')).toBe(golden(file).toString('latin1'));
  });

  it('tells each changed line as it was and as it is', () => {
    const text = fixture(file).toString('latin1');
    const edited = editBootConfig(kind, text, change, path);
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const lines: (string | undefined)[] = text.split(eol);
    for (const { line, before, after } of edited.changes) {
      expect(lines[line - 1]).toBe(before);
      lines[line - 1] = after;
    }
    expect(lines.join(eol)).toBe(edited.text);
  });

  it('is the same every time', () => {
    const text = fixture(file).toString('latin1');
    expect(editBootConfig(kind, text, change, path)).toEqual(editBootConfig(kind, text, change, path));
  });
});

describe('memtest', () => {
  it('is left as it is', () => {
    const text = fixture('memtest-grub.cfg').toString('latin1');
    expect(editBootConfig('grub', text, { append: ['a=b'] })).toEqual({ text, changes: [] });
  });
});
