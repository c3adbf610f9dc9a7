import { createHash } from 'node:crypto';
import type { OpenApiDocument, OperationObject, ParameterObject, ResponseObject } from './document.ts';
import { escaped, outlineOf } from './outline.ts';
import { STYLE } from './page-style.ts';

/** The policy of the page: nothing but its own style, and no script. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** The document as one HTML page for people, which works offline and without scripts. Aliases in namespaces are not repeated. */
export function openApiPage({ info, tags, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths)
    .filter(([path]) => !path.includes('{namespace}'))
    .flatMap(([path, byMethod]) => Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })));
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name)).map(operationHtml);
    return `<section><h2 id="${name}">${escaped(name)}</h2><p class="quiet">${words(description)}</p>${own.join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3><pre>${outlineOf(schema)}</pre>`,
  );
  const links = Object.keys(components.schemas).map((name) => `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bootbench REST API</title><style>${STYLE}</style></head>
<body><main>
<h1>Bootbench REST API <span class="quiet">${escaped(info.version)}</span></h1>
<p>${words(info.description)}</p>
<p>Paths below <code>/api/v1/</code> are also available below <code>/api/v1/namespaces/{namespace}/</code>. The same as an OpenAPI document: <a href="openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
<section><h2 id="schemas">schemas</h2><nav>${links.join('')}</nav>${schemas.join('\n')}</section>
</main></body></html>
`;
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: OperationObject }): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const parts = [
    description === undefined ? '' : `<p>${words(description)}</p>`,
    parameters.length === 0 ? '' : `<h3>Parameters</h3><table>${parameters.map(parameterHtml).join('')}</table>`,
    requestBody === undefined ? '' : `<h3>Body</h3><table>${contentHtml(requestBody.content)}</table>`,
    `<h3>Responses</h3><table>${Object.entries(responses).map(responseHtml).join('')}</table>`,
  ];
  return `<details id="${operationId}"><summary><span class="method">${method.toUpperCase()}</span><span class="path">${escaped(path)}</span><span>${escaped(summary)}</span></summary><div class="body">${parts.join('')}</div></details>`;
}

function parameterHtml({ name, in: place, required, description, schema }: ParameterObject): string {
  return `<tr><td><code>${escaped(name)}</code></td><td><span class="quiet">${place}${required ? '' : ', optional'}</span></td><td>${words(description)} <code>${outlineOf(schema)}</code></td></tr>`;
}

function responseHtml([status, { description, headers = {}, content = {} }]: [string, ResponseObject]): string {
  const named = Object.keys(headers).map((name) => `<code>${escaped(name)}</code>`);
  const withHeaders = named.length === 0 ? '' : `<p class="quiet">Headers: ${named.join(', ')}</p>`;
  const bodies = Object.entries(content).map(([type, { schema }]) => `<p class="quiet">${escaped(type)}: ${outlineOf(schema)}</p>`);
  const text = description.split('\n\n').map((line) => `<p>${words(line)}</p>`);
  return `<tr><td><code>${status}</code></td><td>${text.join('')}${withHeaders}${bodies.join('')}</td></tr>`;
}

function contentHtml(content: NonNullable<ResponseObject['content']>): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<tr><td><code>${escaped(type)}</code></td><td>${outlineOf(schema)}</td></tr>`)
    .join('');
}

/** A sentence of the document: what is in backticks is code. */
function words(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
