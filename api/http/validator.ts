import { createRequire } from 'node:module';
import type { Express, RequestHandler } from 'express';
import { middleware } from 'express-openapi-validator';
import { paths } from '../../generated/routes.ts';
import { document } from '../../generated/spec.ts';

/** With `validateApiSpec: false` the validator does not check the document against OpenAPI's own schema, which `npm run check`
 *  has done, but compiles that schema all the same: a third of our start, and 12 MiB. */
const schemaCheck = createRequire(import.meta.url)(
  'express-openapi-validator/dist/framework/openapi.schema.validator.js',
) as { OpenAPISchemaValidator: unknown };
schemaCheck.OpenAPISchemaValidator = function OpenAPISchemaValidator() {};

/** Checks requests against the document, in whose copy for the validator a name is a wildcard. Rejects when the document
 *  is broken: the validator loads it in the background and would otherwise fail each request. */
export async function createValidator(app: Express): Promise<RequestHandler[]> {
  const validatorPath = new Map<string, string>(paths.map((one) => [one.path, one.validatorPath]));
  const copy = structuredClone(document);
  copy.paths = Object.fromEntries(
    Object.entries(copy.paths).map(([path, item]) => [validatorPath.get(path) ?? path, item]),
  );
  const guards = middleware({
    apiSpec: copy as unknown as Parameters<typeof middleware>[0]['apiSpec'],
    validateApiSpec: false,
    $refParser: { mode: 'dereference' },
    // Clients add parameters of their own, and the specification adds new ones.
    validateRequests: { allowUnknownQueryParameters: true },
    validateResponses: false,
    validateSecurity: false,
    fileUploader: false,
  }) as RequestHandler[];

  const [load] = guards;
  await new Promise<void>((resolve, reject) => {
    const loaded = (err?: unknown): void => {
      if (err instanceof Error) reject(err);
      else resolve();
    };
    void load?.({ app } as never, {} as never, loaded);
  });
  return guards;
}
