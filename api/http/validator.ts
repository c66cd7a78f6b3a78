import { Router, type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import './quicker-validator.ts';
import { middleware } from 'express-openapi-validator';
import { LRUCache } from 'lru-cache';
import { paths as publicPaths } from '../../generated/routes.ts';
import { document } from '../../generated/spec.ts';

interface ValidatorOptions {
  /** What of the document counts; all but the admin listener's by default. */
  readonly paths?: readonly { readonly path: string; readonly validatorPath: string }[];
  /** Refuses what is not documented in a query, and looks at each request anew; default false. */
  readonly isStrict?: boolean;
}

/** Checks requests against the document, in whose copy for the validator a name is a wildcard. Rejects when the document
 *  is broken: the validator loads it in the background and would otherwise fail each request. */
export async function createValidator(
  app: Express,
  { paths = publicPaths, isStrict = false }: ValidatorOptions = {},
): Promise<RequestHandler> {
  const copy = structuredClone(document);
  copy.paths = Object.fromEntries(paths.map(({ path, validatorPath }) => [validatorPath, copy.paths[path]!]));
  const guards = middleware({
    apiSpec: copy as unknown as Parameters<typeof middleware>[0]['apiSpec'],
    validateApiSpec: false,
    $refParser: { mode: 'dereference' },
    // Clients add parameters of their own, and the specification adds new ones.
    validateRequests: { allowUnknownQueryParameters: !isStrict },
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
  const validate = Router().use(guards);
  return isStrict ? validate : remembered(validate);
}

/** What is remembered of verdicts, in bytes. */
const MAX_REMEMBERED_BYTES = 2 * 1024 * 1024;

/** Lets pass at once what passed before: the verdict depends on method, target and X-Registry alone, as long as the document says
 *  of no other header more than that it is a string, which a test holds. With it goes the query as the validator has read it. */
function remembered(validate: RequestHandler): RequestHandler {
  const passed = new LRUCache<string, Request['query']>({
    maxSize: MAX_REMEMBERED_BYTES,
    sizeCalculation: (_, key) => 2 * key.length + 200,
  });
  return (req: Request, res: Response, next: NextFunction): void => {
    const registry = req.headers['x-registry'];
    const key = `${req.method} ${req.url}${registry === undefined ? '' : `\n${String(registry)}`}`;
    const query = passed.get(key);
    if (query !== undefined) {
      Object.defineProperty(req, 'query', { value: query });
      next();
      return;
    }
    void validate(req, res, (err?: unknown) => {
      if (err === undefined) passed.set(key, req.query);
      next(err);
    });
  };
}
