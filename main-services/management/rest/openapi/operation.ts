import type * as z from 'zod';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
import type { SchemaName } from './schemas.ts';

/** A query parameter or a header of a request. */
export interface ParameterDoc {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example?: string | number | boolean;
}

export interface BodyDoc {
  readonly types: readonly string[];
  /** `patch`: its members are optional, and null removes (RFC 7386). Absent: any bytes. */
  readonly schema?: SchemaName | { readonly patch: SchemaName };
  readonly description?: string;
  readonly required?: boolean;
}

export interface ResponseDoc {
  readonly description: string;
  /** Absent: no body. `stream`: one line of JSON for each event. */
  readonly schema?: SchemaName;
  readonly stream?: SchemaName;
  readonly headers?: Readonly<Record<string, ParameterDoc>>;
}

/** What the document says of a route, in addition to its method and path. */
export interface Operation {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Readonly<Record<string, ParameterDoc>>;
  readonly headers?: Readonly<Record<string, ParameterDoc>>;
  readonly body?: BodyDoc;
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  /** Of these the document makes a response for each status. Those of every route are added (document.ts). */
  readonly errors: readonly ErrorCode[];
}

export const TAGS = {
  hosts: 'Machines, with their interfaces, BMC and assignment (mkube’s BareMetalHost).',
  images: 'ISOs, and their upload (mkube’s ISCSICdrom).',
  configs: 'Sets of config files (mkube’s BootConfig).',
  jobs: 'Reimages of machines. Tinkerbell’s Rufio Job is accepted too.',
  leases: 'Addresses that DHCP has assigned.',
} as const;
export type Tag = keyof typeof TAGS;
