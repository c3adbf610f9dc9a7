import { carriageReturn, error, logicalLines, warning, type Found, type LogicalLine } from './finding.ts';
import { isMasked } from './mask.ts';
import { preseed as sentences } from './sentences.ts';

/** debconf-devel(7), "Type", and the flag that debconf-set-selections(1) takes. */
const TYPES = ['string', 'boolean', 'select', 'multiselect', 'note', 'text', 'password', 'title', 'error', 'seen'];

export function lintPreseed(text: string): Found[] {
  const lines = logicalLines(text);
  const last = lines.at(-1);
  const openEnd = text.trimEnd().endsWith('\\') && last ? [error(last, sentences.openEnd)] : [];
  return [...lines.flatMap(ofLine), ...openEnd, ...lineEnds(text)];
}

/** debconf cuts lines at LF alone: `boolean true` with a CR after it is not a boolean. */
function lineEnds(text: string): Found[] {
  const line = carriageReturn(text);
  if (line === undefined) return [];
  return [error({ line }, sentences.carriageReturns)];
}

/** `owner question type value`, with one blank or tab before the value. */
function ofLine(line: LogicalLine): Found[] {
  const text = line.text.trimStart();
  if (text === '' || text.startsWith('#')) return [];
  const [, owner = '', question, type, rest = ''] = /^(\S+)(?:[ \t]+(\S+))?(?:[ \t]+(\S+))?(.*)$/s.exec(text) ?? [];
  if (question === undefined || type === undefined) return [error(line, sentences.incompleteLine(question ?? owner))];
  if (!TYPES.includes(type) && !isMasked(type)) return [error(line, sentences.unknownType(type, TYPES))];
  return [...ofQuestion(line, question), ...ofValue(line, type, rest)];
}

function ofQuestion(line: LogicalLine, question: string): Found[] {
  if (question.includes('/') || isMasked(question)) return [];
  return [warning(line, sentences.questionWithoutSlash(question))];
}

function ofValue(line: LogicalLine, type: string, rest: string): Found[] {
  const value = rest.trim();
  if ((type === 'boolean' || type === 'seen') && value !== 'true' && value !== 'false' && !isMasked(value))
    return [error(line, sentences.notABoolean(type, value))];
  if (/^[ \t]{2,}\S/.test(rest) && type !== 'boolean') return [warning(line, sentences.severalBlanks)];
  return [];
}
