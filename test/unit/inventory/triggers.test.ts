import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostInput } from '../../../contract/inventory.ts';

import { objects } from '../../../db/objects.ts';
import { hostInput, openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
beforeEach(() => (bench = openData()));
afterEach(() => bench.dispose());

const trigger = (name: string, rest: object = {}) => ({ name, pattern: 'login:', meaning: 'none', ...rest });

const INVALID: readonly [what: string, triggers: object[], name: string, reason: string][] = [
  ['a pattern that RE2 does not have', [trigger('ok'), trigger('ahead', { pattern: '(?=x)' })], 'ahead', '(?='],
  ['a pattern that costs too much', [trigger('large', { pattern: '[^a]{900}' })], 'large', 'steps per character'],
  ['an answer with an unknown key', [trigger('key', { answer: '<F99>' })], 'key', '<F99> is not the name of a key'],
  ['an answer with an unknown escape', [trigger('escape', { answer: String.raw`\q` })], 'escape', String.raw`\q is not an escape`],
  ['a name twice', [trigger('same'), trigger('same', { pattern: 'x' })], 'same', 'Two triggers'],
];

describe('a host with a trigger that cannot work', () => {
  it.each(INVALID)('is refused: %s', (_what, triggers, name, reason) => {
    const refused = expect.objectContaining({
      code: 'E_TRIGGER',
      message: expect.stringMatching(new RegExp(`“${name}”`)) as string,
    }) as Error;
    const add = (): unknown => bench.inventory.addHost(HostInput.parse({ ...hostInput('node1'), triggers }));
    expect(add).toThrow(refused);
    expect(add).toThrow(reason);
    expect(bench.inventory.listHosts()).toEqual([]);

    bench.inventory.addHost(HostInput.parse({ ...hostInput('node1'), triggers: [trigger('before')] }));
    expect(() => bench.inventory.patchHost('node1', { triggers, arch: 'aarch64' })).toThrow(refused);
    expect(bench.inventory.getHost('node1')).toMatchObject({ triggers: [trigger('before')] });
    expect(bench.inventory.getHost('node1').arch).toBeUndefined();
  });

  it('that another version stored does not keep the host from being changed, and can be removed', () => {
    const host = bench.inventory.addHost(hostInput('node1'));
    objects(bench.db, 'host').put('node1', { ...host, triggers: [{ name: 'old', pattern: '(?=x)', meaning: 'none' }] });
    expect(bench.inventory.patchHost('node1', { arch: 'aarch64' }).arch).toBe('aarch64');
    expect(bench.inventory.patchHost('node1', { triggers: null }).triggers).toBeUndefined();
  });
});
