import * as z from 'zod';
import { Mac } from '../../../../contract/primitives.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';

/** A JSON Schema of draft 2020-12, which OpenAPI 3.1 uses. */
export type JsonSchema = Record<string, unknown>;

/** `input`: what a request may contain. `output`: what a response contains, with defaults filled in. */
type Direction = 'input' | 'output';

const MAC_FORMS = [
  /([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}/,
  /([0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}/,
  /([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}/,
  /[0-9A-Fa-f]{12}/,
];
const MAC_SCHEMAS: Readonly<Record<Direction, JsonSchema>> = {
  input: { type: 'string', pattern: `^(?:${MAC_FORMS.map(({ source }) => source).join('|')})$`, examples: ['52:54:00:12:34:56'] },
  output: { type: 'string', pattern: '^(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$' },
};

/**
 * The components of the document. A name without suffix is the shape in responses, `…Input` in requests, and `…Patch` the merge patch of a
 * request. Responses may have more members in a later version; with `closed`, for tests, they may not.
 */
export function componentSchemas(patches: readonly SchemaName[], closed: boolean): Record<string, JsonSchema> {
  const inputs = componentsOf('input', closed);
  return {
    ...componentsOf('output', closed),
    ...inputs,
    ...Object.fromEntries(patches.map((name) => [`${name}Patch`, asMergePatch(inputs[`${name}Input`] ?? {}, inputs)])),
  };
}

/** The schema of a parameter or header. */
export function parameterSchema(schema: z.ZodType): JsonSchema {
  return tidy(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: (context) => adjust(context, 'input', true) }));
}

export function referenceTo(component: string): JsonSchema {
  return { $ref: `#/components/schemas/${component}` };
}

function componentsOf(io: Direction, closed: boolean): Record<string, JsonSchema> {
  const nameOf = (id: string): string => (io === 'input' ? `${id}Input` : id);
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    ...{ io, unrepresentable: 'any', uri: (id) => `#/components/schemas/${nameOf(id)}` },
    override: (context) => adjust(context, io, closed),
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [nameOf(id), tidy(schema)]));
}

interface OverrideContext {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: JsonSchema;
}

function adjust({ zodSchema, jsonSchema }: OverrideContext, io: Direction, closed: boolean): void {
  if ((zodSchema as unknown) === Mac) Object.assign(jsonSchema, MAC_SCHEMAS[io]);
  if (io === 'output' && !closed && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  // Every integer of zod is a safe one.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function tidy(schema: object): JsonSchema {
  const { $schema: _dialect, $id: _id, ...rest } = schema as JsonSchema;
  return rest;
}

/** RFC 7386: every member is optional, and null removes it; arrays and other values are replaced complete. */
function asMergePatch(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const { $ref, properties, additionalProperties } = schema;
  if (typeof $ref === 'string') return asMergePatch(components[$ref.replace(/^.*\//, '')] ?? {}, components);
  if (schema.type !== 'object') return schema;
  const { required: _required, ...open } = schema;
  return {
    ...open,
    ...(isSchema(properties) && { properties: mapped(properties, (member) => orNull(asMergePatch(member, components))) }),
    ...(isSchema(additionalProperties) && { additionalProperties: orNull(asMergePatch(additionalProperties, components)) }),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

function mapped(properties: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, change(schema as JsonSchema)]));
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
