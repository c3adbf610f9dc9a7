import * as z from 'zod';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** What is wrong with a value and what to write instead, to follow `field: `. Undefined leaves it to zod. Pure. */
export function inputSentence(issue: RawIssue): string | undefined {
  if (issue.code === 'invalid_type') return required(issue, `use ${TYPES[issue.expected] ?? issue.expected}`);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String).join(', ');
    return required(issue, issue.values.length === 1 ? `use ${values}` : `use one of ${values}`);
  }
  if (issue.code === 'invalid_union') return issue.errors[0]?.[0]?.message ?? 'use one of the forms that the API describes';
  if (issue.code === 'invalid_key') return issue.issues[0]?.message;
  if (issue.code === 'unrecognized_keys') return `unknown: ${issue.keys.join(', ')}`;
  return limitSentence(issue);
}

function limitSentence(issue: RawIssue): string | undefined {
  if (issue.code === 'too_small') return `use ${limit('at least', issue.minimum, issue.origin)}`;
  if (issue.code === 'too_big') return `use ${limit('at most', issue.maximum, issue.origin)}`;
  if (issue.code === 'invalid_format' && issue.format === 'ipv4') return 'use an IPv4 address, such as 192.168.88.10';
  return undefined;
}

function required({ input }: RawIssue, advice: string): string {
  return input === undefined ? `required; ${advice}` : advice;
}

const UNITS: Readonly<Record<string, readonly [string, string]>> = { string: [' character', ' characters'], array: [' entry', ' entries'] };

function limit(bound: string, value: number | bigint, origin: string): string {
  return `${bound} ${String(value)}${UNITS[origin]?.[Number(value) === 1 ? 0 : 1] ?? ''}`;
}

// Zod's own sentences name its types and codes. A schema's own message still comes first.
z.config({ customError: inputSentence });
