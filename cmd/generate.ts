// Writes generated/ from ociregistry.yaml: the types, the routes, and the document itself as a module.
// With --check it writes nothing, and exits 1 naming each file that is stale.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const METHODS = ['head', 'get', 'put', 'post', 'patch', 'delete', 'options'] as const;
type Method = (typeof METHODS)[number];

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  'x-multi-segment'?: boolean;
}
interface OperationObject {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: Parameter[];
  responses?: Record<string, unknown>;
}
type PathItem = { parameters?: Parameter[]; servers?: unknown[] } & Partial<Record<Method, OperationObject>>;
type Document = { paths: Record<string, PathItem> } & Record<string, unknown>;

interface Operation {
  id: string;
  method: Method;
  summary: string;
  /** Documents 405: one handler answers all of these. */
  refused: boolean;
}
interface Path {
  /** As the document has it. */
  path: string;
  /** As Express has it: what holds slashes is a wildcard. */
  route: string;
  /** As the validator's copy of the document has it. */
  validatorPath: string;
  /** Of the admin listener: the other one answers 404 there. */
  isAdmin: boolean;
  operations: Operation[];
}

const root = new URL('../', import.meta.url);

function fail(message: string): never {
  console.error(`generate: ${message}`);
  process.exit(1);
}

function resolve(document: Document, parameter: Parameter): Parameter {
  if (parameter.$ref === undefined) return parameter;
  let node: unknown = document;
  for (const key of parameter.$ref.split('/').slice(1)) node = (node as Record<string, unknown> | undefined)?.[key];
  return (node as Parameter | undefined) ?? fail(`${parameter.$ref} is not in the document`);
}

/** The document's paths, checked for what the OpenAPI grammar leaves open and the generated code relies on. */
function readPaths(document: Document): Path[] {
  const seen = new Set<string>();
  return Object.entries(document.paths).map(([path, item]) => {
    const isAdmin = isOfAdmin(path, item);
    if (item.get && !item.head && !isAdmin) fail(`${path} has GET but no HEAD`);
    const operations = METHODS.flatMap((method): Operation[] => {
      const operation = item[method];
      if (!operation) return [];
      const id = operation.operationId ?? fail(`${method} ${path} has no operationId`);
      if (!/^[a-z][A-Za-z0-9]*$/.test(id) || seen.has(id)) fail(`operationId ${id} is not a camelCase name of its own`);
      if (id.startsWith('head') !== (method === 'head'))
        fail(`${id}: names that begin with "head" are for HEAD, all of HEAD`);
      seen.add(id);
      return [{ id, method, summary: operation.summary ?? id, refused: '405' in (operation.responses ?? {}) }];
    });

    const declared = [item, ...METHODS.map((method) => item[method])]
      .flatMap((owner) => owner?.parameters ?? [])
      .map((parameter) => resolve(document, parameter))
      .filter((parameter) => parameter.in === 'path');
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
    for (const name of names) {
      if (!declared.some((parameter) => parameter.name === name)) fail(`${path} does not declare {${name}}`);
    }
    const multi = new Set(declared.filter((parameter) => parameter['x-multi-segment']).map(({ name }) => name));
    if (multi.size > 1) fail(`${path} has two parameters that hold slashes`);
    return {
      path,
      route: path.replace(/\{(\w+)\}/g, (_, name: string) => (multi.has(name) ? `*${name}` : `:${name}`)),
      validatorPath: path.replace(/\{(\w+)\}/g, (whole, name: string) => (multi.has(name) ? `${whole}*` : whole)),
      isAdmin,
      operations,
    };
  });
}

/** What is tagged `admin` has a server of its own, as all of its path: one that had none would be the registry's. */
function isOfAdmin(path: string, item: PathItem): boolean {
  const operations = METHODS.flatMap((method) => item[method] ?? []);
  const ofAdmin = operations.filter(({ tags = [] }) => tags.includes('admin')).length;
  if (ofAdmin > 0 && ofAdmin < operations.length) fail(`${path} is of the admin listener only in part`);
  if (ofAdmin > 0 !== (item.servers !== undefined)) fail(`${path}: the tag admin and servers of its own go together`);
  return ofAdmin > 0;
}

const HEADER = '// Generated from ociregistry.yaml by cmd/generate.ts. Do not edit: run `npm run generate`.\n\n';
const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

function routesModule(paths: Path[]): string {
  const operations = paths.flatMap(({ path, operations }) => operations.map((operation) => ({ ...operation, path })));
  const refused = operations.filter((operation) => operation.refused);
  const route = ({ route, operations }: Path): string =>
    [
      `  router`,
      `    .route(${quote(route)})`,
      ...operations
        .filter((operation) => !operation.refused)
        .map(({ id, method }) => `    .${method}(adapt(${quote(id)}, api.${id}))`),
      `    .all(refuse);`,
    ].join('\n');

  return `${HEADER}import type { IRouter } from 'express';
import { adapt, type Handler } from '../api/http/adapter.ts';

/** The operations that are documented to answer 405. */
export type RefusedOperation = ${refused.map(({ id }) => quote(id)).join(' | ')};

/** One handler for each operation of the document, and one for all that are refused. */
export interface RegistryApi {
${operations
  .filter((operation) => !operation.refused)
  .map((operation) => member('Handler', operation))
  .join('\n')}
  readonly refuse: Handler<RefusedOperation>;
}

/** Every path as the document has it and as the validator's copy has it, whose parameters may hold slashes. */
export const paths = ${pathList(paths)};

/** HEAD stands before GET, which would answer it too; any other method is refused. */
export function registerRoutes(router: IRouter, api: RegistryApi): void {
  const refuse = adapt('refuse', api.refuse);
${paths.map(route).join('\n')}
}
`;
}

function adminModule(paths: Path[]): string {
  const operations = paths.flatMap(({ path, operations }) => operations.map((operation) => ({ ...operation, path })));
  const route = ({ route, operations }: Path): string => {
    // A route for GET answers HEAD, too.
    const methods = operations.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase()));
    return [
      `  router`,
      `    .route(${quote(route)})`,
      ...operations.map(({ id, method }) => `    .${method}(adaptAdmin(${quote(id)}, api.${id}))`),
      `    .all(refuseOthers(${quote(methods.join(', '))}));`,
    ].join('\n');
  };
  return `${HEADER}import type { IRouter } from 'express';
import { adaptAdmin, refuseOthers, type AdminHandler } from '../api/admin/adapter.ts';

/** One handler for each operation of the admin listener. */
export interface AdminApi {
${operations.map(({ id, method, path, summary }) => member('AdminHandler', { id, method, path, summary })).join('\n')}
}

/** Every path of the admin listener, as {@link paths} of the other one. */
export const adminPaths = ${pathList(paths)};

/** A method that is not documented is refused. */
export function registerAdminRoutes(router: IRouter, api: AdminApi): void {
${paths.map(route).join('\n')}
}
`;
}

const member = (
  handler: string,
  { id, method, path, summary }: Omit<Operation, 'refused'> & { path: string },
): string => `  /** ${summary}: \`${method.toUpperCase()} ${path}\` */\n  readonly ${id}: ${handler}<${quote(id)}>;`;

const pathList = (paths: Path[]): string =>
  `[
${paths.map(({ path, validatorPath }) => `  { path: ${quote(path)}, validatorPath: ${quote(validatorPath)} },`).join('\n')}
] as const`;

function specModule(source: string, document: Document): string {
  return `${HEADER}/** ociregistry.yaml as it was written. */
export const source = ${JSON.stringify(source)};

/** The same, parsed. */
export const document: { openapi: string; paths: Record<string, Record<string, unknown>>; [key: string]: unknown } = ${JSON.stringify(document, null, 2)};
`;
}

async function main(args: readonly string[]): Promise<void> {
  const check = args.includes('--check');
  const file = new URL('ociregistry.yaml', root);
  const source = await readFile(file, 'utf8');
  const document = parse(source) as Document;
  const paths = readPaths(document); // First, as its messages are the clearer ones.
  const modules = {
    'types.ts': HEADER + astToString(await openapiTS(file, { alphabetize: false, silent: true })),
    'routes.ts': routesModule(paths.filter(({ isAdmin }) => !isAdmin)),
    'admin-routes.ts': adminModule(paths.filter(({ isAdmin }) => isAdmin)),
    'spec.ts': specModule(source, document),
  };

  await mkdir(new URL('generated/', root), { recursive: true });
  let stale = 0;
  for (const [name, text] of Object.entries(modules)) {
    const url = new URL(`generated/${name}`, root);
    const old = await readFile(url, 'utf8').catch(() => undefined);
    if (old === text) continue;
    stale++;
    console.error(`generate: generated/${name} ${check ? 'is stale' : 'written'}`);
    if (!check) await writeFile(url, text);
  }
  if (check && stale > 0) fail('run `npm run generate`');
}

await main(process.argv.slice(2));
