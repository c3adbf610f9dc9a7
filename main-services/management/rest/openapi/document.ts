import { ERRORS, type ErrorCode } from '../../../../contract/error-codes.ts';
import { pathsOf } from '../router.ts';
import { PARAMS, ROUTES, type Route, type RouteId } from '../routes.ts';
import { componentSchemas, parameterSchema, referenceTo, type JsonSchema } from './json-schema.ts';
import { TAGS, type BodyDoc, type Operation, type ParameterDoc, type ResponseDoc } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import type { SchemaName } from './schemas.ts';

/** The parts of an OpenAPI 3.1 document that Bootbench's has. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: JsonSchema };
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: { readonly required: boolean; readonly description?: string; readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  readonly content?: Content;
  readonly links?: Readonly<Record<string, LinkObject>>;
}

interface LinkObject {
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface DocumentOptions {
  readonly version: string;
  /** For tests: responses have no other members than the documented ones. */
  readonly closed?: boolean;
}

/** What any route may answer. */
const COMMON: readonly ErrorCode[] = ['E_BAD_INPUT', 'E_AUTH', 'E_FORBIDDEN_ORIGIN', 'E_INTERNAL'];
const WITH_BODY: readonly ErrorCode[] = ['E_TOO_LARGE', 'E_DISK_FULL'];

/** How generators of clients recognise bytes. */
const BYTES: JsonSchema = { type: 'string', format: 'binary' };

const PARAM_TEXTS: Readonly<Record<keyof typeof PARAMS, string>> = {
  namespace: 'Any name: there are no namespaces, and all show the same objects.',
  name: 'The object’s name.',
  id: 'The job’s id.',
  address: 'The IPv4 address of the lease.',
};

/** The OpenAPI 3.1 document of REST, made from the table of routes, their operations and the zod schemas. */
export function openApiDocument({ version, closed = false }: DocumentOptions): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [id, route] of Object.entries<Route>(ROUTES)) {
    for (const path of pathsOf(route)) (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(id as RouteId, path);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Bootbench',
      version,
      description:
        'Machines, images and configs as objects of mkube’s API. HEAD works wherever GET does. The token is in the file `api-token` of the data directory.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: usedSchemas(paths, componentSchemas(patchedSchemas(), closed)),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(id: RouteId, path: string): OperationObject {
  const operation = OPERATIONS[id];
  const inNamespace = path.includes('{namespace}');
  const { tag, summary, description, body } = operation;
  const parameters = parametersOf(operation, path);
  return {
    operationId: operationIdOf(id, inNamespace),
    ...{ tags: [tag], summary },
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBodyOf(body) }),
    responses: withLinks(responsesOf(operation, ROUTES[id].method === 'HEAD'), linksOf(ROUTES[id], inNamespace)),
  };
}

function operationIdOf(id: string, inNamespace: boolean): string {
  return inNamespace ? `${id}InNamespace` : id;
}

/** Where the response that creates an object has the values of the parameters of paths to it. */
const CREATED: Readonly<Record<string, string>> = {
  name: '$response.body#/metadata/name',
  id: '$response.body#/items/0/metadata/name',
};

/** From a POST that creates an object to the operations on that object. */
function linksOf({ method, path }: Route, inNamespace: boolean): Record<string, LinkObject> {
  if (method !== 'POST') return {};
  const links = Object.entries<Route>(ROUTES).flatMap(([id, other]) => {
    const [, parameter = ''] = other.path.startsWith(`${path}/{`) ? (/\{(\w+)\}/.exec(other.path) ?? []) : [];
    const created = CREATED[parameter];
    if (created === undefined) return [];
    const parameters = { ...(inNamespace && { namespace: '$request.path.namespace' }), [parameter]: created };
    return [[id, { operationId: operationIdOf(id, inNamespace), parameters }] as const];
  });
  return Object.fromEntries(links);
}

function withLinks(responses: Readonly<Record<string, ResponseObject>>, links: Record<string, LinkObject>): Record<string, ResponseObject> {
  const created = responses['201'];
  return created && Object.keys(links).length > 0 ? { ...responses, 201: { ...created, links } } : { ...responses };
}

function parametersOf({ query = {}, headers = {} }: Operation, path: string): ParameterObject[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof PARAMS);
  const optional = (place: 'query' | 'header', docs: Readonly<Record<string, ParameterDoc>>): ParameterObject[] =>
    Object.entries(docs).map(([name, doc]) => ({ ...{ name, in: place, required: false }, ...parameterBody(doc) }));
  return [
    ...names.map((name) => ({
      ...{ name, in: 'path' as const, required: true, description: PARAM_TEXTS[name] },
      schema: parameterSchema(PARAMS[name]),
    })),
    ...optional('query', query),
    ...optional('header', headers),
  ];
}

function parameterBody({ description, schema, example }: ParameterDoc): { description: string; schema: JsonSchema; example?: unknown } {
  return { description, schema: parameterSchema(schema), ...(example !== undefined && { example }) };
}

function requestBodyOf({ types, schema, description, required = true }: BodyDoc): NonNullable<OperationObject['requestBody']> {
  const component = typeof schema === 'object' ? `${schema.patch}Patch` : `${schema ?? ''}Input`;
  const media = { schema: schema === undefined ? BYTES : referenceTo(component) };
  return { required, ...(description !== undefined && { description }), content: Object.fromEntries(types.map((type) => [type, media])) };
}

function responsesOf(operation: Operation, head: boolean): Record<string, ResponseObject> {
  const good = Object.entries(operation.responses).map(([status, doc]) => [status, responseOf(doc)] as const);
  const codes = new Set([...operation.errors, ...COMMON, ...(operation.body ? WITH_BODY : [])]);
  const byStatus = Map.groupBy(codes, (code) => String(ERRORS[code].http));
  const bad = [...byStatus].map(([status, of]) => [status, refusalOf(of, head)] as const);
  return Object.fromEntries([...good, ...bad].sort(([a], [b]) => a.localeCompare(b)));
}

function responseOf({ description, schema, stream, headers }: ResponseDoc): ResponseObject {
  const content: Content = {
    ...(schema && { 'application/json': { schema: referenceTo(schema) } }),
    ...(stream && { 'application/json;stream=watch': { schema: referenceTo(stream) } }),
  };
  return {
    description,
    ...(headers && { headers: Object.fromEntries(Object.entries(headers).map(([name, doc]) => [name, parameterBody(doc)])) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

function refusalOf(codes: readonly ErrorCode[], head: boolean): ResponseObject {
  const lines = codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`);
  return { description: lines.join('\n\n'), ...(!head && { content: { 'application/json': { schema: referenceTo('Error') } } }) };
}

function patchedSchemas(): SchemaName[] {
  const bodies = Object.values(OPERATIONS).map(({ body }) => body?.schema);
  return [...new Set(bodies.flatMap((schema) => (typeof schema === 'object' ? [schema.patch] : [])))];
}

/** The components that the paths reach. */
function usedSchemas(paths: unknown, schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(paths);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}
