import { describe, expect, it } from 'vitest';
import { pathBetween, projectGraph } from '../../../lint/graph.ts';
import { problemsOf } from './run-rule.ts';

describe('import cycles', () => {
  const graph = new Map([
    ['a.ts', ['b.ts', 'c.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['d.ts', 'missing.ts']],
    ['d.ts', ['a.ts']],
  ]);

  it('finds the shortest way between two files', () => {
    expect(pathBetween(graph, 'a.ts', 'd.ts')).toEqual(['a.ts', 'c.ts', 'd.ts']);
    expect(pathBetween(graph, 'd.ts', 'b.ts')).toEqual(['d.ts', 'a.ts', 'b.ts']);
    expect(pathBetween(graph, 'a.ts', 'other.ts')).toBeUndefined();
  });

  // tftp/packets.ts is imported by tftp/server.ts, through others too.
  const importer = [...projectGraph()].find(
    ([file, targets]) => file.startsWith('contract/') && targets.includes('contract/errors.ts'),
  )?.[0];

  it('reports an import that leads back, of a type too, with the path', () => {
    const back = `./${importer?.slice('contract/'.length) ?? ''}`;
    const problems = problemsOf('no-import-cycle', 'contract/errors.ts', `import type { A } from '${back}';`);
    expect(problems).toEqual([expect.stringContaining(`contract/errors.ts → ${importer ?? ''} → contract/errors.ts`)]);
  });

  it('reports a file that imports itself, and nothing where no way leads back', () => {
    expect(problemsOf('no-import-cycle', 'contract/errors.ts', `import { a } from './errors.ts';`)).toHaveLength(1);
    expect(problemsOf('no-import-cycle', 'contract/errors.ts', `import { a } from './new.ts'; import 'zod';`)).toEqual([]);
  });
});
