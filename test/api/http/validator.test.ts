import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import '../../../api/http/quicker-validator.ts';
import { document } from '../../../generated/spec.ts';

const require = createRequire(import.meta.url);
const dist = 'express-openapi-validator/dist';
const code = (file: string): string => readFileSync(require.resolve(`${dist}/${file}`), 'utf8');

test('of no header but X-Registry the document says more than that it is a string: verdicts are remembered without them', () => {
  const parameters = Object.values((document['components'] as { parameters: Record<string, Parameter> }).parameters);
  const inPlace = Object.values(document.paths).flatMap(
    (item) => [item, ...Object.values(item)] as { parameters?: Parameter[] }[],
  );
  const headers = [...parameters, ...inPlace.flatMap((place) => place.parameters ?? [])].filter(
    (one) => one.in === 'header' && one.name !== 'X-Registry',
  );
  assert.ok(headers.length >= 3);
  for (const { name, required, schema } of headers) {
    assert.deepEqual(
      { name, required: required ?? false, schema: Object.keys(schema ?? {}), type: schema?.['type'] },
      { name, required: false, schema: ['type'], type: 'string' },
    );
  }
});

interface Parameter {
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
}

// A new version of the validator may close these ways; then they are to be looked at again.
describe('what the validator is kept from doing', () => {
  test('it does not compile the schema of OpenAPI at the start', () => {
    const { OpenAPISchemaValidator } = require(`${dist}/framework/openapi.schema.validator.js`) as {
      OpenAPISchemaValidator: new (options: object) => object;
    };
    assert.deepEqual(Object.keys(new OpenAPISchemaValidator({ version: '3.1.0', validateApiSpec: false })), []);
    assert.match(code('framework/index.js'), /new openapi_schema_validator_1\.OpenAPISchemaValidator\(/);
  });

  test('it does not compile a path twice', () => {
    const { pathToRegexp } = createRequire(require.resolve('express-openapi-validator'))('path-to-regexp') as {
      pathToRegexp: (path: string, options: object) => object;
    };
    const options = { sensitive: true, strict: true };
    assert.equal(pathToRegexp('/v2/*name/tags/list', options), pathToRegexp('/v2/*name/tags/list', options));
    assert.notEqual(pathToRegexp('/v2/*name/tags/list', options), pathToRegexp('/v2/*name/tags/list', {}));
    assert.match(code('middlewares/openapi.metadata.js'), /path_to_regexp_1\.pathToRegexp\)\(/);
  });
});
