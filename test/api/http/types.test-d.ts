// What must not compile. tsc covers this file: a line that compiles after all makes its @ts-expect-error an error.
import type { RegistryApi, RefusedOperation } from '../../../generated/routes.ts';
import type { Handler, Reply } from '../../../api/http/adapter.ts';
import type { ErrorCode as WireCode } from '../../../api/http/http-error.ts';
import type { ErrorCode } from '../../../api/oci/errors.ts';

type Get = Reply<'getBlob'>;
type Head = Reply<'headBlob'>;
type Tags = Reply<'listTags'>;
type Refusal = Reply<RefusedOperation>;

const some = { 'Docker-Content-Digest': '', ETag: '', 'Cache-Control': 'no-cache', 'Cache-Status': '' } as const;
const headers = { ...some, 'Accept-Ranges': 'bytes' } as const;
const type = 'application/octet-stream';
const json = 'application/json';
const body = Buffer.alloc(0);
const allow = { Allow: 'GET, HEAD', 'Cache-Control': 'no-store' } as const;
const { Allow, ...noStore } = allow;

export const get: Get = { status: 200, type, body, headers };
export const head: Head = { status: 200, type, length: 5, headers };
export const refused: Refusal = { status: 405, type: json, body, headers: { ...noStore, Allow } };

declare const api: RegistryApi;
const { getBlob, ...others } = api;
export const complete: RegistryApi = { ...others, getBlob };
// @ts-expect-error an operation without a handler
export const incomplete: RegistryApi = others;
// @ts-expect-error a required header is missing
export const noHeader: Get = { status: 200, type, body, headers: some };
// @ts-expect-error a status that is not documented
export const noStatus: Get = { status: 204, headers };
// @ts-expect-error a media type that is not documented
export const noType: Get = { status: 200, type: 'text/plain', body, headers };
// @ts-expect-error a header that is not documented
export const tooMuch: Get = { status: 200, type, body, headers: { ...headers, Server: '' } };
// @ts-expect-error a GET without its body
export const noBody: Get = { status: 200, type, length: 5, headers };
// @ts-expect-error a body of another shape
export const noShape: Tags = { status: 200, type: json, body: { tags: [] }, headers: some };
// @ts-expect-error a parameter that the operation does not have
export const noParameter: Handler<'getBlob'> = ({ params }) => Promise.reject(new Error(typeof params.reference));
// @ts-expect-error a refusal that does not say what is allowed
export const noAllow: Refusal = { status: 405, type: json, body, headers: noStore };

/** Every code that the registry throws is in the document. */
export const documented: WireCode = '' as ErrorCode;
