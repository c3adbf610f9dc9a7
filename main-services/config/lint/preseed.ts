import { carriageReturn, error, logicalLines, warning, type Found, type LogicalLine } from './finding.ts';
import { isMasked } from './mask.ts';

/** debconf-devel(7), "Type", and the flag that debconf-set-selections(1) takes. */
const TYPES = ['string', 'boolean', 'select', 'multiselect', 'note', 'text', 'password', 'title', 'error', 'seen'];

export function lintPreseed(text: string): Found[] {
  const lines = logicalLines(text);
  const last = lines.at(-1);
  const openEnd = text.trimEnd().endsWith('\\') && last ? [error(last, 'The last line ends in “\\”, but no line follows.')] : [];
  return [...lines.flatMap(ofLine), ...openEnd, ...lineEnds(text)];
}

/** debconf cuts lines at LF alone: `boolean true` with a CR behind it is no boolean. */
function lineEnds(text: string): Found[] {
  const line = carriageReturn(text);
  if (line === undefined) return [];
  return [error({ line }, 'Lines end in CR LF, and debconf takes the CR for a part of each value. Save the file with LF line ends.')];
}

/** `owner question type value`, with one blank or tab before the value. */
function ofLine(line: LogicalLine): Found[] {
  const text = line.text.trimStart();
  if (text === '' || text.startsWith('#')) return [];
  const [, owner = '', question, type, rest = ''] = /^(\S+)(?:[ \t]+(\S+))?(?:[ \t]+(\S+))?(.*)$/s.exec(text) ?? [];
  if (question === undefined || type === undefined)
    return [
      error(
        line,
        `A line is “owner question type value”, such as “d-i time/zone string UTC”; this one stops after “${question ?? owner}”.`,
      ),
    ];
  if (!TYPES.includes(type) && !isMasked(type))
    return [error(line, `“${type}” is not a question type; the types are ${TYPES.join(', ')}.`)];
  return [...ofQuestion(line, question), ...ofValue(line, type, rest)];
}

function ofQuestion(line: LogicalLine, question: string): Found[] {
  if (question.includes('/') || isMasked(question)) return [];
  return [warning(line, `Questions are named package/question; “${question}” has no slash.`)];
}

function ofValue(line: LogicalLine, type: string, rest: string): Found[] {
  const value = rest.trim();
  if ((type === 'boolean' || type === 'seen') && value !== 'true' && value !== 'false' && !isMasked(value))
    return [error(line, `The value of a ${type} is true or false${value === '' ? '; there is none here' : `, not “${value}”`}.`)];
  if (/^[ \t]{2,}\S/.test(rest) && type !== 'boolean')
    return [warning(line, 'More than one blank stands before the value; all but the first become a part of it.')];
  return [];
}
