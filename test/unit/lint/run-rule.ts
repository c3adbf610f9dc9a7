import { join } from 'node:path';
import { TSESLint } from '@typescript-eslint/utils';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { house } from '../../../lint/plugin.ts';
import { root } from '../../../lint/project.ts';

/** What one of the project's rules reports for a text at a project path; with `types`, the text is a program of its own without a library. */
export function problemsOf(rule: string, path: string, code: string, { types = false } = {}): string[] {
  const filename = join(root, path);
  const config: TSESLint.FlatConfig.Config = {
    files: ['**/*.{ts,tsx,js,mjs}'],
    languageOptions: {
      parser: tseslint.parser as TSESLint.Parser.LooseParserModule,
      parserOptions: types ? { programs: [programOf(filename, code)] } : {},
    },
    plugins: { house },
    rules: { [`house/${rule}`]: 'error' },
  };
  const linter = new TSESLint.Linter({ cwd: root });
  return linter.verify(code, [config], { filename }).map(({ message }) => message);
}

function programOf(filename: string, code: string): ts.Program {
  const options: ts.CompilerOptions = { strict: true, noLib: true, types: [] };
  const host = ts.createCompilerHost(options);
  const file = ts.createSourceFile(filename, code, ts.ScriptTarget.Latest, true);
  return ts.createProgram([filename], options, { ...host, getSourceFile: (name) => (name === filename ? file : undefined) });
}
