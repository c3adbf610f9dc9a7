import * as z from 'zod';
import type { ErrorCode } from '../../../../contract/errors.ts';
import type { BodyDoc, Operation, ParameterDoc, ResponseDoc, Tag } from './operation.ts';
import type { SchemaName } from './schemas.ts';

const JSON_TYPE = 'application/json';

/** One of the kinds of objects: their routes differ in names and errors only. */
interface ObjectDoc {
  readonly tag: Tag;
  /** “host” */
  readonly noun: string;
  readonly kind: SchemaName & ('BareMetalHost' | 'ISCSICdrom' | 'BootConfig');
  /** What creating and changing one may be refused with. */
  readonly errors: readonly ErrorCode[];
  readonly removeErrors: readonly ErrorCode[];
}

interface ObjectOperations {
  readonly list: Operation;
  readonly create: Operation;
  readonly get: Operation;
  readonly patch: Operation;
  readonly remove: Operation;
}

const watch: Readonly<Record<string, ParameterDoc>> = {
  watch: {
    description: 'Streams one JSON object per line for each change, first ADDED for what exists, until the client disconnects.',
    schema: z.enum(['true', '1', 'false', '0']),
  },
  resourceVersion: {
    description: 'With `watch`: only changes after this one, which a list or an event has returned.',
    schema: z.string().regex(/^\d{0,15}$/),
  },
};

export const WARNING: Readonly<Record<string, ParameterDoc>> = {
  Warning: {
    description: 'For a person: what was ignored, or changed in addition (RFC 9111 §5.5, code 299). Repeated for each.',
    schema: z.string(),
  },
};

export function objectOperations({ tag, noun, kind, errors, removeErrors }: ObjectDoc): ObjectOperations {
  const article = /^[aeiou]/.test(noun) ? 'an' : 'a';
  const one = (description: string): ResponseDoc => ({ description, schema: kind, headers: WARNING });
  const body: BodyDoc = { types: [JSON_TYPE], schema: kind };
  return {
    list: {
      ...{ tag, summary: `List or watch ${noun}s`, query: watch },
      responses: { 200: { description: `All ${noun}s, or the stream of their changes.`, schema: `${kind}List`, stream: `${kind}Event` } },
      errors: [],
    },
    create: {
      ...{ tag, summary: `Create ${article} ${noun}`, body },
      responses: { 201: one('Created.') },
      errors: ['E_EXISTS', ...errors],
    },
    get: {
      ...{ tag, summary: `Return or watch ${article} ${noun}`, query: watch },
      responses: { 200: { description: `The ${noun}, or the stream of its changes.`, schema: kind, stream: `${kind}Event` } },
      errors: ['E_NOT_FOUND'],
    },
    patch: {
      ...{ tag, summary: `Change ${article} ${noun}`, description: 'A JSON merge patch (RFC 7386): what it does not name stays.' },
      body: { types: [JSON_TYPE, 'application/merge-patch+json'], schema: { patch: kind } },
      responses: { 200: one('Changed.') },
      errors: ['E_NOT_FOUND', 'E_EXISTS', ...errors],
    },
    remove: {
      ...{ tag, summary: `Delete ${article} ${noun}` },
      responses: { 200: { description: 'Deleted.', schema: 'Done' } },
      errors: ['E_NOT_FOUND', ...removeErrors],
    },
  };
}

export const WATCH = watch;
