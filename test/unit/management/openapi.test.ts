import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../main-services/management/rest/openapi/document.ts';
import { openApiPage, PAGE_POLICY } from '../../../main-services/management/rest/openapi/page.ts';
import { pathsOf } from '../../../main-services/management/rest/router.ts';
import { ROUTES, type Route } from '../../../main-services/management/rest/routes.ts';

const document = openApiDocument({ version: '1.2.3' });
const operations = Object.values(document.paths).flatMap((byMethod) => Object.values(byMethod));

describe('the OpenAPI document', () => {
  it.each([false, true])('is valid by the schema of OpenAPI 3.1 (closed: %s)', async (closed) => {
    const validator = new Validator();
    const result = await validator.validate(
      JSON.parse(JSON.stringify(openApiDocument({ version: '1.2.3', closed }))) as Record<string, unknown>,
    );
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('has each route of the router, also in a namespace, and no other', () => {
    const routed = Object.values<Route>(ROUTES).flatMap((route) => pathsOf(route).map((path) => `${route.method} ${path}`));
    const documented = Object.entries(document.paths).flatMap(([path, byMethod]) =>
      Object.keys(byMethod).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(routed.sort());
  });

  it('gives each operation an id of its own, a summary, and what any request may be refused with', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, summary, responses } of operations) {
      expect(summary, operationId).not.toBe('');
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['400', '401', '403', '500']));
    }
  });

  it('describes every parameter that its paths have', () => {
    for (const [path, byMethod] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(byMethod))
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
    }
  });

  it('refers to no missing component, and has none that nothing refers to', () => {
    const used = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });

  it('links what creates an object to the operations on it', () => {
    const linksOf = (path: string): unknown => document.paths[path]?.post?.responses['201']?.links;
    expect(linksOf('/api/v1/bootconfigs')).toMatchObject({
      getConfig: { operationId: 'getConfig', parameters: { name: '$response.body#/metadata/name' } },
    });
    expect(linksOf('/api/v1/namespaces/{namespace}/jobs')).toMatchObject({ getJob: { operationId: 'getJobInNamespace' } });
    const ids = new Set(operations.map(({ operationId }) => operationId));
    const targets = [...JSON.stringify(document).matchAll(/"operationId":"(\w+)","parameters":\{/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(20);
    for (const target of targets) expect(ids).toContain(target);
  });

  it('leaves responses open for members of a later version, unless it is closed for tests', () => {
    const { BareMetalHost } = openApiDocument({ version: '1.2.3', closed: true }).components.schemas;
    expect(JSON.stringify(BareMetalHost)).toContain('"additionalProperties":false');
    expect(JSON.stringify(document.components.schemas.BareMetalHost)).not.toContain('"additionalProperties":false');
  });

  it('says that a patch may leave out every member, and remove it with null', () => {
    const patch = document.components.schemas.BareMetalHostPatch;
    expect(JSON.stringify(patch)).not.toContain('"required":["apiVersion"');
    expect(patch).toMatchObject({
      properties: { spec: { anyOf: [{ properties: { ip: { anyOf: [{ format: 'ipv4' }, { type: 'null' }] } } }, { type: 'null' }] } },
    });
  });
});

describe('its page', () => {
  const page = openApiPage(document);

  it('shows each operation and component, and links to no missing place', () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [path, byMethod] of Object.entries(document.paths))
      if (!path.includes('{namespace}')) for (const { operationId } of Object.values(byMethod)) expect(ids).toContain(operationId);
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(`schema-${name}`);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('needs nothing but itself: no script, no file, and a policy that forbids both', () => {
    expect(page).not.toMatch(/<script|<link|<img|url\(|javascript:| on\w+=| style=/);
    expect(PAGE_POLICY).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}';/);
  });

  it('shows text of the document as text', () => {
    const info = { ...document.info, description: '<script>alert(1)</script>' };
    expect(openApiPage({ ...document, info })).toContain('&lt;script&gt;');
  });
});
