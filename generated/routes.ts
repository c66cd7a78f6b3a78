// Generated from ociregistry.yaml by cmd/generate.ts. Do not edit: run `npm run generate`.

import type { IRouter } from 'express';
import { adapt, type Handler } from '../api/http/adapter.ts';

/** The operations that are documented to answer 405. */
export type RefusedOperation = 'putManifest' | 'deleteManifest' | 'deleteBlob' | 'startUpload' | 'putUpload' | 'patchUpload' | 'deleteUpload';

/** One handler for each operation of the document, and one for all that are refused. */
export interface RegistryApi {
  /** Is this a registry? (without the body): `HEAD /v2/` */
  readonly headBase: Handler<'headBase'>;
  /** Is this a registry?: `GET /v2/` */
  readonly getBase: Handler<'getBase'>;
  /** Look up a manifest: `HEAD /v2/{name}/manifests/{reference}` */
  readonly headManifest: Handler<'headManifest'>;
  /** Pull a manifest: `GET /v2/{name}/manifests/{reference}` */
  readonly getManifest: Handler<'getManifest'>;
  /** Look up a blob: `HEAD /v2/{name}/blobs/{digest}` */
  readonly headBlob: Handler<'headBlob'>;
  /** Pull a blob: `GET /v2/{name}/blobs/{digest}` */
  readonly getBlob: Handler<'getBlob'>;
  /** State of an upload (there is never one): `HEAD /v2/{name}/blobs/uploads/{uuid}` */
  readonly headUpload: Handler<'headUpload'>;
  /** State of an upload (there is never one): `GET /v2/{name}/blobs/uploads/{uuid}` */
  readonly getUpload: Handler<'getUpload'>;
  /** List the tags of a repository (without the body): `HEAD /v2/{name}/tags/list` */
  readonly headTags: Handler<'headTags'>;
  /** List the tags of a repository: `GET /v2/{name}/tags/list` */
  readonly listTags: Handler<'listTags'>;
  /** List what refers to a manifest (without the body): `HEAD /v2/{name}/referrers/{digest}` */
  readonly headReferrers: Handler<'headReferrers'>;
  /** List what refers to a manifest: `GET /v2/{name}/referrers/{digest}` */
  readonly listReferrers: Handler<'listReferrers'>;
  /** List the repositories (without the body): `HEAD /v2/_catalog` */
  readonly headRepositories: Handler<'headRepositories'>;
  /** List the repositories: `GET /v2/_catalog` */
  readonly listRepositories: Handler<'listRepositories'>;
  readonly refuse: Handler<RefusedOperation>;
}

/** Every path as the document has it and as the validator's copy has it, whose parameters may hold slashes. */
export const paths = [
  { path: '/v2/', validatorPath: '/v2/' },
  { path: '/v2/{name}/manifests/{reference}', validatorPath: '/v2/{name}*/manifests/{reference}' },
  { path: '/v2/{name}/blobs/{digest}', validatorPath: '/v2/{name}*/blobs/{digest}' },
  { path: '/v2/{name}/blobs/uploads/', validatorPath: '/v2/{name}*/blobs/uploads/' },
  { path: '/v2/{name}/blobs/uploads/{uuid}', validatorPath: '/v2/{name}*/blobs/uploads/{uuid}' },
  { path: '/v2/{name}/tags/list', validatorPath: '/v2/{name}*/tags/list' },
  { path: '/v2/{name}/referrers/{digest}', validatorPath: '/v2/{name}*/referrers/{digest}' },
  { path: '/v2/_catalog', validatorPath: '/v2/_catalog' },
] as const;

/** HEAD stands before GET, which would answer it too; any other method is refused. */
export function registerRoutes(router: IRouter, api: RegistryApi): void {
  const refuse = adapt('refuse', api.refuse);
  router
    .route('/v2/')
    .head(adapt('headBase', api.headBase))
    .get(adapt('getBase', api.getBase))
    .all(refuse);
  router
    .route('/v2/*name/manifests/:reference')
    .head(adapt('headManifest', api.headManifest))
    .get(adapt('getManifest', api.getManifest))
    .all(refuse);
  router
    .route('/v2/*name/blobs/:digest')
    .head(adapt('headBlob', api.headBlob))
    .get(adapt('getBlob', api.getBlob))
    .all(refuse);
  router
    .route('/v2/*name/blobs/uploads/')
    .all(refuse);
  router
    .route('/v2/*name/blobs/uploads/:uuid')
    .head(adapt('headUpload', api.headUpload))
    .get(adapt('getUpload', api.getUpload))
    .all(refuse);
  router
    .route('/v2/*name/tags/list')
    .head(adapt('headTags', api.headTags))
    .get(adapt('listTags', api.listTags))
    .all(refuse);
  router
    .route('/v2/*name/referrers/:digest')
    .head(adapt('headReferrers', api.headReferrers))
    .get(adapt('listReferrers', api.listReferrers))
    .all(refuse);
  router
    .route('/v2/_catalog')
    .head(adapt('headRepositories', api.headRepositories))
    .get(adapt('listRepositories', api.listRepositories))
    .all(refuse);
}
