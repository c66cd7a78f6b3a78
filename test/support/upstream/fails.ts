import assert from 'node:assert/strict';
import { UpstreamError, type UpstreamErrorKind } from '../../../api/oci/errors.ts';

/** Holds that something fails as an UpstreamError of a kind, and gives that. */
export async function fails(
  promise: Promise<unknown>,
  kind: UpstreamErrorKind,
  message?: RegExp,
): Promise<UpstreamError> {
  try {
    await promise;
  } catch (err) {
    if (!(err instanceof UpstreamError)) throw err;
    assert.equal(err.kind, kind, err.message);
    if (message) assert.match(err.message, message);
    return err;
  }
  throw new assert.AssertionError({ message: `it did not fail, ${kind} was expected` });
}
