import * as z from 'zod';
import { procedures, type ProcedureName } from '../../../contract/procedures.ts';

export const PROCEDURES = Object.keys(procedures) as ProcedureName[];

/** An input that a schema allows, as far as that can be told from its JSON Schema. */
export function sampleOf(name: ProcedureName): unknown {
  return sample(z.toJSONSchema(procedures[name].input, { unrepresentable: 'any', io: 'input' }) as Schema, 0);
}

interface Schema {
  readonly type?: string;
  readonly properties?: Record<string, Schema>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly default?: unknown;
}

const MAKERS: Readonly<Record<string, (schema: Schema, depth: number) => unknown>> = {
  object: ({ properties = {} }, depth) =>
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, sample(value, depth + 1)])),
  array: ({ items = {} }, depth) => [sample(items, depth + 1)],
  integer: ({ minimum = 1 }) => Math.max(1, minimum),
  number: ({ minimum = 1 }) => Math.max(1, minimum),
  boolean: () => true,
};

function sample(schema: Schema, depth: number): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (choice) return sample(choice, depth);
  if (depth > 6) return null;
  const make = MAKERS[schema.type ?? ''];
  return make ? make(schema, depth) : text(schema);
}

function text({ pattern = '', format }: Schema): string {
  if (format === 'uri') return 'http://192.0.2.1/a.iso';
  if (pattern.includes(':') || pattern.includes('[0-9a-f]')) return '52:54:00:88:00:03';
  return pattern.includes('25[0-5]') || format === 'ipv4' ? '192.0.2.5' : 'rack1';
}
