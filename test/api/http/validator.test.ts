import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import '../../../api/http/validator.ts';

const require = createRequire(import.meta.url);

test('the validator does not compile the schema of OpenAPI, by a way that a new version of it may close', () => {
  const framework = 'express-openapi-validator/dist/framework';
  const { OpenAPISchemaValidator } = require(`${framework}/openapi.schema.validator.js`) as {
    OpenAPISchemaValidator: new (options: object) => object;
  };
  assert.deepEqual(Object.keys(new OpenAPISchemaValidator({ version: '3.1.0', validateApiSpec: false })), []);
  // It is looked up when it is needed, so ours is what is found.
  assert.match(
    readFileSync(require.resolve(`${framework}/index.js`), 'utf8'),
    /new openapi_schema_validator_1\.OpenAPISchemaValidator\(/,
  );
});
