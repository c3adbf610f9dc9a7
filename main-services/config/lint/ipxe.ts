import { error, logicalLines, type Found } from './finding.ts';

/** ipxe.org/scripting: the magic first line, labels and jumps. Commands depend on how an iPXE was built. */
export function lintIpxe(text: string): Found[] {
  const lines = logicalLines(text);
  const labels = new Set(lines.flatMap(({ text: line }) => /^\s*:(\S+)/.exec(line)?.[1] ?? []));
  const magic = /^#!ipxe(?:\s|$)/.test(text)
    ? []
    : [error({ line: 1, column: 1 }, 'iPXE takes this for a script only when its first line is #!ipxe.')];
  const jumps = lines.flatMap(({ line, text: words }) =>
    words.trimStart().startsWith('#')
      ? []
      : [...words.matchAll(/(?:^|\|\||&&)\s*goto\s+([^\s|&]+)/g)]
          .map(([, label = '']) => label)
          .filter((label) => !label.includes('${') && !labels.has(label))
          .map((label) => error({ line }, `Label “:${label}” not found.`)),
  );
  return [...magic, ...jumps];
}
