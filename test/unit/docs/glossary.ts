import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** One row of the glossary in CONTRIBUTING.md: a turn of phrase that no sentence of this project uses, and what to write instead. */
export interface GlossaryRow {
  never: string;
  write: string;
  /** Finds the phrase where it means what `never` says, and not where the same words mean something else. */
  pattern: RegExp;
  /** Only in what a user reads, so not in decision records and CONTRIBUTING.md. */
  userTextOnly?: true;
}

/** What a template's `${…}` becomes, so that a pattern can see that something is named there. */
export const PLACEHOLDER = '{}';

export const GLOSSARY: readonly GlossaryRow[] = [
  { never: 'kept (of data)', write: 'saved, stored', pattern: /\bkept\b(?! (alive|open|up to date|busy|apart|short|small))/i },
  { never: 'goes on', write: 'continues, keeps running', pattern: /\b(go|goes|going|went|gone) on\b(?! (the|a|an) )/i },
  { never: 'begins anew, starts it anew', write: 'restarts, starts over, again', pattern: /\banew\b/i },
  {
    never: 'is told, tells, says of itself',
    write: 'is notified, reports, reported',
    pattern: /\b(told|tell|tells|telling)\b|\bsa(ys|id) of (itself|themselves)\b/i,
  },
  { never: 'is heard, hears', write: 'is received, listens', pattern: /\b(heard|hear|hears)\b/i },
  { never: 'there is no X of that name', write: 'X not found', pattern: /\bof that name\b|\bthere is no [a-z]+( [a-z]+)? [{“"]/i },
  {
    never: 'is no X',
    write: 'is not an X',
    pattern: /(?<!there )\b(is|are|was|were) no (?!longer\b|more\b|less\b|fewer\b|different\b|better\b|worse\b|further\b|one\b)[a-z]/i,
  },
  { never: 'whoever, nobody, somebody', write: 'anyone, no one, a technician', pattern: /\b(whoever|nobody|somebody)\b/i },
  {
    never: 'lies in',
    write: 'is in',
    pattern: /\b(lie|lies|lay|lying) (in|on|at|behind|outside|inside|under|beside|below|there|unmodified)\b/i,
  },
  {
    never: 'stands beside, beside',
    write: 'is next to, alongside',
    pattern: /\bbeside\b|\b(stand|stands|stood) (in(?! for)|at|on|there|behind)\b/i,
  },
  { never: 'of no host', write: 'unassigned', pattern: /\bof no (host|machine)\b/i },
  {
    never: 'takes a look, looks again, looks whether',
    write: 'scans, checks; scan again, check again',
    pattern: /\b(takes?|took|taking|was|is|new|last) (a |no )?look\b|\blook(s|ed|ing)? (again|whether)\b/i,
  },
  { never: 'puts back what it found', write: 'restores the previous state', pattern: /\b(put|puts|putting) back\b|\bthat it found\b/i },
  { never: 'by hand, without hands', write: 'manually, unattended', pattern: /\bby hand\b|\b(with|without|no|needs) hands\b/i },
  { never: 'so many times, so far apart', write: 'up to N times, every M s', pattern: /\bso (many times|far apart)\b/i },
  {
    // “two at once” means at the same time, which is fine.
    never: 'at once (without delay)',
    write: 'immediately',
    pattern:
      /(?<!\b(several|many|few|both|two|three|four|\d+|all|machines|hosts|clients|reads|requests|changes|connections|transfers)\b[^.;:!?]{0,50})\bat once\b/i,
  },
  { never: 'what is missing, is not there', write: 'not found, missing', pattern: /\bwhat is missing\b|\b(is|are|was|were) not there\b/i },
  { never: 'comes so', write: 'ships this way', pattern: /\bcomes? so\b/i },
  { never: 'cannot be had', write: 'cannot be downloaded, is unavailable', pattern: /\b(cannot|could not|can|could) be had\b/i },
  { never: 'the asker', write: 'the client', pattern: /\baskers?\b/i },
  { never: 'we, us, our', write: 'Bootbench', pattern: /\b([Ww]e|us|[Oo]urs?|ourselves)\b/, userTextOnly: true },
  { never: '“ …” (a space before the ellipsis)', write: '“…”', pattern: /[\w})] …["”’)]?\s*$/m },
  { never: 'spoilt', write: 'corrupt', pattern: /\bspoi(lt|led|ls)\b/i },
  {
    never: 'is of another form',
    write: 'has an unexpected format',
    pattern: /\bof (another|the expected|the right) form\b|\bnot of the form\b/i,
  },
  { never: 'whole (of data)', write: 'complete', pattern: /\b(is|are|was|were|not) whole\b/i },
  { never: 'no way leads there', write: 'no route to host', pattern: /\bno way leads\b/i },
  { never: 'asked for X, waiting', write: 'X requested; waiting for …', pattern: /^asked (for|to|whether|what) /i },
  { never: 'which is why', write: 'so, therefore', pattern: /\bwhich is why\b/i },
  { never: 'in the midst of', write: 'during', pattern: /\bin the midst of\b/i },
  {
    never: 'DESIGN §N, the seed(s)',
    write: 'a plain clause, the record in docs/adr, or docs/design.md',
    pattern: /\bDESIGN\b|\b[Tt]he seeds?\b(?! (of|for|file))/,
  },
];

export interface Finding {
  line: number;
  found: string;
  text: string;
  row: GlossaryRow;
}

/** Each use of a row in a text, with its line (`firstLine` is the text's own). */
export function findingsIn(text: string, firstLine = 1, { userText = true } = {}): Finding[] {
  const rows = GLOSSARY.filter((row) => userText || !row.userTextOnly);
  return rows.flatMap((row) =>
    [...text.matchAll(new RegExp(row.pattern, `${row.pattern.flags}g`))].map((match) => {
      const line = firstLine + (text.slice(0, match.index).match(/\n/g)?.length ?? 0);
      return { line, found: match[0], text: text.trim(), row };
    }),
  );
}

/** A page's sentences; code, and CONTRIBUTING's own table of these phrases, are left out. */
export function findingsInMarkdown(path: string): Finding[] {
  const userText = !/docs\/adr\/|CONTRIBUTING/.test(path);
  return blocksOf(withoutCode(readFileSync(path, 'utf8'))).flatMap(({ text, line }) => findingsIn(text, line, { userText }));
}

/** Paragraphs, list items and table rows, each with its wrapped lines joined. */
function blocksOf(markdown: string): { text: string; line: number }[] {
  const blocks: { text: string; line: number }[] = [];
  let continues = false;
  markdown.split('\n').forEach((text, index) => {
    const block = blocks.at(-1);
    if (continues && block && text.trim() !== '' && !/^\s*([-*|#>]|\d+\.) ?/.test(text)) block.text += ` ${text.trim()}`;
    else if (text.trim() !== '') blocks.push({ text: text.trim(), line: index + 1 });
    continues = text.trim() !== '';
  });
  return blocks;
}

/** The strings of a TypeScript file: neither names of modules and properties nor types. */
export function findingsInStrings(path: string): Finding[] {
  return stringsOf(path).flatMap(({ text, line }) => findingsIn(text, line));
}

/** Comments of a TypeScript file, and the words of its names (`tellEvents` is “tell events”). */
export function findingsInCommentsAndNames(path: string): Finding[] {
  const file = parse(path);
  const findings: Finding[] = [];
  const lineOf = (at: number): number => file.getLineAndCharacterOfPosition(at).line + 1;
  const comments = new Set<number>();
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []) {
      if (comments.has(range.pos)) continue;
      comments.add(range.pos);
      const text = file.text.slice(range.pos, range.end).replace(/\n\s*\*? ?/g, ' ');
      findings.push(...findingsIn(text, lineOf(range.pos), { userText: false }));
    }
    if (ts.isIdentifier(node) && !names.has(node.text)) {
      names.add(node.text);
      const words = node.text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
      findings.push(...findingsIn(words, lineOf(node.getStart(file)), { userText: false }));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

function stringsOf(path: string): { text: string; line: number }[] {
  const file = parse(path);
  const strings: { text: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    const text = textOf(node);
    if (text !== undefined && !isName(node)) strings.push({ text, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1 });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return strings;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isJsxText(node)) return node.text.trim() === '' ? undefined : node.text.replace(/\s+/g, ' ');
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(PLACEHOLDER);
}

function isName(node: ts.Node): boolean {
  return (ts.isPropertyAssignment(node.parent) && node.parent.name === node) || ts.isElementAccessExpression(node.parent);
}

function parse(path: string): ts.SourceFile {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : path.endsWith('.mjs') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true, kind);
}

/** Code of a page as placeholders; lines stay where they are. */
function withoutCode(markdown: string): string {
  const blank = (text: string): string => text.replace(/[^\n]+/g, '');
  return markdown
    .replace(/^```[\s\S]*?^```/gm, blank)
    .replace(/^## Glossary\n[\s\S]*?(?=^## |$(?![\s\S]))/gm, blank)
    .replace(/`[^`\n]+`/g, '`x`');
}
