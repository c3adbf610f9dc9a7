import { error, logicalLines, type Found } from './finding.ts';
import { ipxe as sentences } from './sentences.ts';

/** ipxe.org/scripting: the magic first line, labels and jumps. Commands depend on how an iPXE was built. */
export function lintIpxe(text: string): Found[] {
  const lines = logicalLines(text);
  const labels = new Set(lines.flatMap(({ text: line }) => /^\s*:(\S+)/.exec(line)?.[1] ?? []));
  const magic = /^#!ipxe(?:\s|$)/.test(text) ? [] : [error({ line: 1, column: 1 }, sentences.heading)];
  const jumps = lines.flatMap(({ line, text: words }) =>
    words.trimStart().startsWith('#')
      ? []
      : [...words.matchAll(/(?:^|\|\||&&)\s*goto\s+([^\s|&]+)/g)]
          .map(([, label = '']) => label)
          .filter((label) => !label.includes('${') && !labels.has(label))
          .map((label) => error({ line }, sentences.unknownLabel(label))),
  );
  return [...magic, ...jumps];
}
