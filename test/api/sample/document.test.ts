import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSample } from '../../../api/sample/image.ts';
import { source } from '../../../generated/spec.ts';
import { ref, repo } from '../../support/repository.ts';

test('the examples of the document are the sample’s, so that they can be tried', async () => {
  const { digest } = await (await createSample()).statManifest(repo('sample/hello'), ref('latest'));
  assert.match(source, /example.*sample\/hello/);
  assert.deepEqual([...new Set(source.match(/sha256:[a-f0-9]{64}/g))], [digest]);
});
