import * as z from 'zod';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
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
  readonly replace: Operation;
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
  timeoutSeconds: { description: 'With `watch`: ends the stream after this time.', schema: z.number().int().min(0).max(999_999_999) },
  allowWatchBookmarks: {
    description: 'With `watch`: BOOKMARK events say from where to resume, also while nothing changes.',
    schema: z.enum(['true', 'false']),
  },
  sendInitialEvents: {
    description: 'With `watch`. true: what exists, then a BOOKMARK. false: only what changes from now on.',
    schema: z.enum(['true', 'false']),
  },
  fieldSelector: {
    description: 'Only these objects: `metadata.name` and `metadata.namespace`, each with = or !=.',
    schema: z.string().regex(/^(metadata\.(name|namespace)!?=[a-z0-9-]{0,20})?$/),
  },
};

const dryRun: Readonly<Record<string, ParameterDoc>> = {
  dryRun: { description: 'All: everything is checked, and nothing is stored.', schema: z.literal('All') },
};
const write: Readonly<Record<string, ParameterDoc>> = {
  ...dryRun,
  fieldValidation: {
    description: 'What to do with unknown fields: Ignore, Warn (the default, as a Warning header) or Strict, which refuses them.',
    schema: z.enum(['Ignore', 'Warn', 'Strict']),
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
      errors: ['E_EXPIRED'],
    },
    create: {
      ...{ tag, summary: `Create ${article} ${noun}`, body, query: write },
      responses: { 201: one('Created.') },
      errors: ['E_EXISTS', 'E_MEDIA_TYPE', ...errors],
    },
    get: {
      ...{ tag, summary: `Return or watch ${article} ${noun}`, query: watch },
      responses: { 200: { description: `The ${noun}, or the stream of its changes.`, schema: kind, stream: `${kind}Event` } },
      errors: ['E_NOT_FOUND', 'E_EXPIRED'],
    },
    replace: {
      ...{ tag, summary: `Replace ${article} ${noun}`, body, query: write },
      description: 'What the body does not name is removed. With metadata.resourceVersion only if it is still the current one.',
      responses: { 200: one('Replaced.') },
      errors: ['E_NOT_FOUND', 'E_EXISTS', 'E_CONFLICT', 'E_MEDIA_TYPE', ...errors],
    },
    patch: {
      ...{ tag, summary: `Change ${article} ${noun}`, query: write },
      description:
        'A JSON merge patch (RFC 7386): what it does not name stays. A strategic merge patch without directives means the same. ' +
        'A JSON Patch (RFC 6902, `application/json-patch+json`) is accepted too.',
      body: {
        types: [JSON_TYPE, 'application/merge-patch+json', 'application/strategic-merge-patch+json'],
        schema: { patch: kind },
      },
      responses: { 200: one('Changed.') },
      errors: ['E_NOT_FOUND', 'E_EXISTS', 'E_CONFLICT', 'E_MEDIA_TYPE', ...errors],
    },
    remove: {
      ...{ tag, summary: `Delete ${article} ${noun}`, query: dryRun },
      responses: { 200: { description: 'Deleted.', schema: 'Deleted' } },
      errors: ['E_NOT_FOUND', 'E_CONFLICT', ...removeErrors],
    },
  };
}

export const WATCH = watch;
