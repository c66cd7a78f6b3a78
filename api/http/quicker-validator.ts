// What express-openapi-validator does in vain at each start and for each request, done once or not at all. A test holds that
// each of these still takes effect.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

// With `validateApiSpec: false` it does not check the document against OpenAPI's own schema, which `npm run check` has done,
// but compiles that schema all the same: a third of our start, and 12 MiB.
const schemaCheck = require('express-openapi-validator/dist/framework/openapi.schema.validator.js') as {
  OpenAPISchemaValidator: unknown;
};
schemaCheck.OpenAPISchemaValidator = function OpenAPISchemaValidator() {};

// It compiles the path of each operation anew for each request, until one matches; the document has a dozen.
const matchers = createRequire(require.resolve('express-openapi-validator'))('path-to-regexp') as {
  pathToRegexp: (path: unknown, options?: unknown) => object;
};
const { pathToRegexp } = matchers;
const compiled = new Map<string, object>();
matchers.pathToRegexp = (path, options) => {
  const key = JSON.stringify([path, options]);
  const known = compiled.get(key) ?? pathToRegexp(path, options);
  compiled.set(key, known);
  return known;
};
