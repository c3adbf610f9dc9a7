import type { JsonSchema } from './json-schema.ts';

/** Text for an HTML page. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A schema in the notation of TypeScript types, as HTML with links to components; descriptions are comments behind the members. */
export function outlineOf(schema: JsonSchema, indent = ''): string {
  const { $ref, anyOf, oneOf, const: constant, enum: values } = schema;
  if (typeof $ref === 'string') return linkTo($ref.replace(/^.*\//, ''));
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return [...new Set((choices as JsonSchema[]).map((choice) => outlineOf(choice, indent)))].join(' | ');
  if (constant !== undefined) return literal(constant);
  if (Array.isArray(values)) return values.map(literal).join(' | ');
  return byType(schema, indent);
}

function byType(schema: JsonSchema, indent: string): string {
  const { type, format, items } = schema;
  if (Array.isArray(type)) return type.join(' | ');
  if (format === 'binary') return 'bytes';
  if (type === 'array') {
    const item = outlineOf((items ?? {}) as JsonSchema, indent);
    return /[ |]/.test(item) && !item.startsWith('{') && !item.startsWith('<a') ? `(${item})[]` : `${item}[]`;
  }
  if (type === 'object') return objectOutline(schema, indent);
  return typeof type === 'string' ? escaped(type) : 'any';
}

function objectOutline({ properties, required, additionalProperties }: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const needed = Array.isArray(required) ? (required as string[]) : [];
  const members = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, member]) => `${inner}${escaped(name)}${needed.includes(name) ? '' : '?'}: ${outlineOf(member, inner)}${comment(member)}`,
  );
  if (typeof additionalProperties === 'object' && additionalProperties !== null)
    members.push(`${inner}[name]: ${outlineOf(additionalProperties as JsonSchema, inner)}`);
  return members.length === 0 ? '{}' : `{\n${members.join('\n')}\n${indent}}`;
}

function comment({ description, format, maxLength, examples }: JsonSchema): string {
  const notes = [
    typeof description === 'string' ? description : '',
    typeof format === 'string' ? format : '',
    typeof maxLength === 'number' ? `at most ${maxLength} characters` : '',
    Array.isArray(examples) ? `such as ${examples.join(', ')}` : '',
  ].filter((note) => note !== '');
  return notes.length === 0 ? '' : ` <i>// ${escaped(notes.join('; '))}</i>`;
}

function linkTo(component: string): string {
  return `<a href="#schema-${escaped(component)}">${escaped(component)}</a>`;
}

function literal(value: unknown): string {
  return escaped(JSON.stringify(value));
}
