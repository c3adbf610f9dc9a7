import { BootbenchError } from '../../contract/errors.ts';

/** Values by dotted name, such as `host.ip`. Undefined: the field exists but this host has no value for it. */
export type TemplateFields = ReadonlyMap<string, string | undefined>;

/** A field in double braces, or an escaped opening: `\{{`. */
export const TOKEN = /\\\{\{|\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}|\{\{/g;

/**
 * Fills `{{ host.name }}` fields of a config file. `\{{` writes literal braces, as Jinja or Go templates inside a config need.
 * E_TEMPLATE_FIELD for a field that is unknown, that this host has no value for, or for braces that hold no field: with line and column.
 */
export function renderTemplate(text: string, fields: TemplateFields, name: string): string {
  return text.replace(TOKEN, (token: string, field: string | undefined, offset: number) => {
    if (token === '\\{{') return '{{';
    const where = `${name}, ${position(text, offset)}`;
    if (field === undefined)
      throw new BootbenchError('E_TEMPLATE_FIELD', `${where}: "{{" begins a field, but no field name and "}}" follow.`);
    if (!fields.has(field))
      throw new BootbenchError('E_TEMPLATE_FIELD', `${where}: there is no field "${field}". ${suggestion(field, fields)}`.trim());
    const value = fields.get(field);
    if (value === undefined) throw new BootbenchError('E_TEMPLATE_FIELD', `${where}: this host has no ${field}.`);
    return value;
  });
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function suggestion(field: string, fields: TemplateFields): string {
  const last = field.split('.').at(-1) ?? field;
  const near = [...fields.keys()].filter((known) => known.endsWith(`.${last}`) || known.startsWith(field));
  return near.length > 0 ? `Did you mean ${near.slice(0, 3).join(' or ')}?` : '';
}
