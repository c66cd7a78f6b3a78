import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Router, type RequestHandler } from 'express';
import swaggerUi from 'swagger-ui-express';
import { document, source } from '../../generated/spec.ts';
import { digestOf } from '../oci/digest.ts';
import { cacheControlFor } from './caching.ts';
import { etagOf, isNotModified } from './conditional.ts';
import type { Reply } from './exchange.ts';
import { refusal, unknownPath } from './http-error.ts';

/** What the page loads, and nothing else of its package: in a bundle that would be our own program. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
};

/** Where a person looks: Swagger UI at /docs/, and the document as it is used. */
export function createDocs(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use((req, _res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') throw refusal();
    next();
  });
  router.get('/', (_req, res) => res.redirect(302, '/docs/'));
  router.get('/docs', (_req, res) => res.redirect(302, '/docs/'));
  router.get('/openapi.yaml', sendText('application/yaml', source));
  router.get('/openapi.json', sendText('application/json', JSON.stringify(document, null, 2)));

  const html = page();
  const policy = policyFor(html);
  router.get('/docs/', (_req, res) => {
    res.setHeader('Content-Security-Policy', policy);
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('Cache-Control', 'no-cache');
    res.type('html').send(html);
  });
  const [init] = swaggerUi.serve as [RequestHandler, ...RequestHandler[]];
  router.get('/docs/swagger-ui-init.js', init);
  router.get('/docs/:file', sendAsset());
  return router;
}

function page(): string {
  const html = swaggerUi.generateHTML(undefined, {
    customSiteTitle: 'ociregistry',
    swaggerUrl: '/openapi.yaml', // Loaded by the page, which then links it.
    customCss: 'body > svg { position: absolute; width: 0; height: 0 }',
    // Without the top bar, whose logo would need an inline style.
    swaggerOptions: { layout: 'BaseLayout', tryItOutEnabled: true, validatorUrl: null, defaultModelsExpandDepth: -1 },
  });
  // Unlike a style sheet, an attribute cannot be allowed by its hash alone.
  return html.replace(' style="position:absolute;width:0;height:0"', '');
}

/** Nothing but what we serve ourselves, and of inline things only the style sheets of this very page, by their hash. */
function policyFor(html: string): string {
  const styles = Array.from(html.matchAll(/<style>(.*?)<\/style>/gs), ([, css = '']) => {
    return `'sha256-${createHash('sha256').update(css).digest('base64')}'`;
  });
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${styles.join(' ')}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendAsset(): RequestHandler<{ file: string }> {
  const require = createRequire(createRequire(import.meta.url).resolve('swagger-ui-express'));
  const folder = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  return async (req, res) => {
    const { file } = req.params;
    const type = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
    if (type === undefined) throw unknownPath(req.path);
    const bytes = await readFile(path.join(folder, file));
    res.setHeader('Content-Type', type);
    res.setHeader('Cache-Control', cacheControlFor(res as Reply, 'public, max-age=86400'));
    res.send(bytes);
  };
}

function sendText(type: string, text: string): RequestHandler {
  const bytes = Buffer.from(text);
  const etag = etagOf(digestOf(bytes));
  return (req, res) => {
    res.setHeader('ETag', etag);
    res.setHeader('Cache-Control', 'no-cache');
    if (isNotModified(req.headers, etag)) return void res.status(304).end();
    res.setHeader('Content-Type', type);
    res.send(bytes);
  };
}
