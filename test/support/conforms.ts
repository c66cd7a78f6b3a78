import assert from 'node:assert/strict';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { document } from '../../generated/spec.ts';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface ResponseObject {
  $ref?: string;
  headers?: Record<string, { $ref?: string; required?: boolean; schema?: Record<string, unknown> }>;
  content?: Record<string, { schema?: AnySchema }>;
}
type PathItem = Record<string, { responses?: Record<string, ResponseObject> }>;

const ajv = new Ajv2020({ strict: false, coerceTypes: true, allErrors: true, validateFormats: false });
ajv.addSchema({ $id: 'ociregistry', ...document });

/** Rightmost first, as the paths of the document are read: what stands before the last keyword is the name. */
const templates = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replace(/\{name\}/, '.+').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Holds an answer against ociregistry.yaml: its status is documented, the headers it must have are there and every
 *  documented one is well formed, its media type is documented and its body is of the schema. What reads content says how a cache
 *  came by it, or by its error. */
export function assertConforms(method: string, url: string, { status, headers, body }: Answer): void {
  const path = url.split('?')[0]!.replace(/^\/v2$/, '/v2/');
  const where = `${method} ${url.slice(0, 200)}: ${status}`;
  const item = templates.find(({ pattern }) => pattern.test(path));
  const operation = item && (document.paths[item.path] as PathItem)[method.toLowerCase()];
  const response = operation ? responseOf(operation.responses ?? {}, status, where) : undocumented(status, where);

  assertHeaders(response, headers, where);
  if (path !== '/v2/' && (method === 'GET' || method === 'HEAD')) {
    assert.match(headers.get('cache-status') ?? '', /^ociregistry; /, `${where}: Cache-Status`);
  }
  const type = headers.get('content-type');
  if (!response.content || status === 304) {
    assert.equal(body.length, 0, `${where}: no body is documented`);
    return;
  }
  assert.ok(type, `${where}: no Content-Type`);
  const kind = response.content[type] ?? response.content[type.replace(/\/.*/, '/*')];
  assert.ok(kind, `${where}: ${type} is not documented`);
  if (method === 'HEAD') assert.equal(body.length, 0, `${where}: a HEAD has no body`);
  else {
    assert.equal(String(body.length), headers.get('content-length'), `${where}: Content-Length`);
    if (type.endsWith('json')) assertSchema(kind.schema ?? {}, JSON.parse(body.toString()), `${where}: body`);
  }
}

function responseOf(responses: Record<string, ResponseObject>, status: number, where: string): ResponseObject {
  const response = responses[String(status)] ?? responses[`${Math.trunc(status / 100)}XX`];
  assert.ok(response, `${where} is not documented`);
  return dereference(response);
}

/** What is not in the document is 404, and 405 for a method that is not; both look as they do elsewhere. */
function undocumented(status: number, where: string): ResponseObject {
  assert.ok([400, 404, 405].includes(status), `${where} for what is not in the document`);
  const { responses } = (document as unknown as { components: { responses: Record<string, ResponseObject> } })
    .components;
  return responses[status === 405 ? 'Refused' : status === 404 ? 'NotFound' : 'BadRequest']!;
}

function assertHeaders(response: ResponseObject, headers: Headers, where: string): void {
  for (const [name, given] of Object.entries(response.headers ?? {})) {
    const { required, schema } = dereference(given);
    const value = headers.get(name);
    if (required) assert.notEqual(value, null, `${where}: no ${name}`);
    if (value !== null && schema) assertSchema(schema, value, `${where}: ${name}`);
  }
}

function assertSchema(schema: AnySchema, value: unknown, where: string): void {
  // References in it are to the document.
  const rebased = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"ociregistry#/')) as AnySchema;
  const holder = { value };
  const valid = ajv.validate({ type: 'object', properties: { value: rebased } }, holder);
  assert.ok(valid, `${where}: ${ajv.errorsText()} in ${JSON.stringify(value).slice(0, 300)}`);
}

function dereference<T extends { $ref?: string }>(node: T): T {
  if (node.$ref === undefined) return node;
  let found: unknown = document;
  for (const key of node.$ref.split('/').slice(1)) found = (found as Record<string, unknown>)[key];
  return found as T;
}
