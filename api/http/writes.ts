import type { RefusedOperation } from '../../generated/routes.ts';
import { RegistryError } from '../oci/errors.ts';
import type { Handler } from './adapter.ts';
import { envelope, NO_WRITES } from './http-error.ts';

/** The one answer to all that would change something, and to every method but GET and HEAD. Not 404, which would read as
 *  a missing repository. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6 */
export const refuse: Handler<RefusedOperation> = () => ({
  status: 405,
  headers: { Allow: 'GET, HEAD', 'Cache-Control': 'no-store' },
  type: 'application/json',
  body: envelope('UNSUPPORTED', NO_WRITES),
});

/** No upload is ever begun, so there is none to ask after. */
export const getUpload: Handler<'getUpload'> = ({ params }) => {
  throw new RegistryError('BLOB_UPLOAD_UNKNOWN', `no upload ${JSON.stringify(params.uuid.slice(0, 200))}`);
};
