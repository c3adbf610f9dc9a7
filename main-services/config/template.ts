import { BootbenchError, type ErrorDetails } from '../../contract/errors.ts';
import { fieldWithoutValue, invalidField, position, unknownField } from './sentences.ts';

/** Values by dotted name, such as `host.ip`. Undefined: the field exists but this host has no value for it. */
export type TemplateFields = ReadonlyMap<string, string | undefined>;

/** A field in double braces, or an escaped opening: `\{{`. */
export const TOKEN = /\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}|\{\{/g;

/**
 * Fills `{{ host.name }}` fields of a config file. `\{{` writes literal braces, as Jinja or Go templates inside a config need.
 * E_TEMPLATE_FIELD for a field that is unknown, that this host has no value for, or for braces without a field: with `details.place`.
 */
export function renderTemplate(text: string, fields: TemplateFields, name: string): string {
  return text.replace(TOKEN, (token: string, field: string | undefined, offset: number) => {
    if (token === '\\{{') return '{{';
    const place = positionOf(name, text, offset);
    const fail = (sentence: (where: string) => string): never => {
      const where = position(place.file, place.line, place.column);
      throw new BootbenchError('E_TEMPLATE_FIELD', sentence(where), { details: { place } });
    };
    if (field === undefined) return fail(invalidField);
    if (!fields.has(field)) return fail((where) => unknownField(where, field, similarTo(field, fields)));
    const value = fields.get(field);
    if (value === undefined) return fail((where) => fieldWithoutValue(where, field));
    return value;
  });
}

/** Line and column, from 1, of an offset. */
function positionOf(file: string, text: string, offset: number): NonNullable<ErrorDetails['place']> {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** At most three fields that may have been meant. */
function similarTo(field: string, fields: TemplateFields): string[] {
  const last = field.split('.').at(-1) ?? field;
  return [...fields.keys()].filter((known) => known.endsWith(`.${last}`) || known.startsWith(field)).slice(0, 3);
}
