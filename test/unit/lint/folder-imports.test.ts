import { describe, expect, it } from 'vitest';
import { problemsOf } from './run-rule.ts';

const problems = (path: string, code: string) => problemsOf('folder-imports', path, code);

describe('folder imports', () => {
  it('allows the own folder and the listed ones', () => {
    expect(problems('main-services/tftp/a.ts', `import { b } from './b.ts'; import type { C } from '../boot/c.ts';`)).toEqual([]);
  });

  it.each([
    [`import { a } from '../dhcp/a.ts';`],
    [`import type { A } from '../dhcp/a.ts';`],
    [`export * from '../dhcp/a.ts';`],
    [`export { a } from '../dhcp/a.ts';`],
    [`const a = await import('../dhcp/a.ts');`],
    [`type A = import('../dhcp/a.ts').A;`],
  ])('refuses what is not listed: %s', (code) => {
    expect(problems('main-services/tftp/a.ts', code)).toEqual([expect.stringContaining('main-services/dhcp')]);
  });

  it('knows no exception: not for a new folder, and not for a file between the rooms', () => {
    expect(problems('main-services/newcomer/a.ts', 'export {};')).toEqual([expect.stringContaining('main-services/newcomer')]);
    expect(problems('main-services/tftp/newcomer/a.ts', 'export {};')).toEqual([expect.stringContaining('tftp/newcomer')]);
    expect(problems('main-services/loose.ts', 'export {};')).toEqual([expect.stringContaining('main-services is not in')]);
  });

  it('keeps features apart unless the edge is listed', () => {
    expect(problems('renderer/features/shell/a.ts', `import { a } from '../jobs/a.ts';`)).toEqual([]);
    expect(problems('renderer/features/shell/a.ts', `import { a } from '../hosts/a.ts';`)).toHaveLength(1);
  });

  it('lets tests import everything, and nothing else import tests', () => {
    expect(problems('test/unit/a.test.ts', `import { a } from '../../main-services/dhcp/a.ts';`)).toEqual([]);
    expect(problems('main-services/tftp/a.ts', `import { a } from '../../test/fixtures/a.ts';`)).toHaveLength(1);
    expect(problems('scripts/a.mjs', `import { a } from '../test/fixtures/a.ts';`)).toHaveLength(1);
  });

  it('lets contract import nothing of the project', () => {
    expect(problems('contract/a.ts', `import { a } from '../util/a.ts';`)).toHaveLength(1);
  });
});
