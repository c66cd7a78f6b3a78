// Generated from ociregistry.yaml by cmd/generate.ts. Do not edit: run `npm run generate`.

import type { IRouter } from 'express';
import { adaptAdmin, refuseOthers, type AdminHandler } from '../api/admin/adapter.ts';

/** One handler for each operation of the admin listener. */
export interface AdminApi {
  /** Does the process run?: `GET /livez` */
  readonly getLiveness: AdminHandler<'getLiveness'>;
  /** Can images be served?: `GET /readyz` */
  readonly getReadiness: AdminHandler<'getReadiness'>;
  /** Metrics, for Prometheus: `GET /metrics` */
  readonly getMetrics: AdminHandler<'getMetrics'>;
  /** Read the configuration again: `POST /reload` */
  readonly reload: AdminHandler<'reload'>;
  /** List the images: `GET /images` */
  readonly listImages: AdminHandler<'listImages'>;
  /** Remove images: `POST /prune` */
  readonly prune: AdminHandler<'prune'>;
  /** What is being fetched: `GET /fills` */
  readonly listFills: AdminHandler<'listFills'>;
  /** How the upstreams do: `GET /upstreams` */
  readonly listUpstreams: AdminHandler<'listUpstreams'>;
}

/** Every path of the admin listener, as {@link paths} of the other one. */
export const adminPaths = [
  { path: '/livez', validatorPath: '/livez' },
  { path: '/readyz', validatorPath: '/readyz' },
  { path: '/metrics', validatorPath: '/metrics' },
  { path: '/reload', validatorPath: '/reload' },
  { path: '/images', validatorPath: '/images' },
  { path: '/prune', validatorPath: '/prune' },
  { path: '/fills', validatorPath: '/fills' },
  { path: '/upstreams', validatorPath: '/upstreams' },
] as const;

/** A method that is not documented is refused. */
export function registerAdminRoutes(router: IRouter, api: AdminApi): void {
  router
    .route('/livez')
    .get(adaptAdmin('getLiveness', api.getLiveness))
    .all(refuseOthers('GET, HEAD'));
  router
    .route('/readyz')
    .get(adaptAdmin('getReadiness', api.getReadiness))
    .all(refuseOthers('GET, HEAD'));
  router
    .route('/metrics')
    .get(adaptAdmin('getMetrics', api.getMetrics))
    .all(refuseOthers('GET, HEAD'));
  router
    .route('/reload')
    .post(adaptAdmin('reload', api.reload))
    .all(refuseOthers('POST'));
  router
    .route('/images')
    .get(adaptAdmin('listImages', api.listImages))
    .all(refuseOthers('GET, HEAD'));
  router
    .route('/prune')
    .post(adaptAdmin('prune', api.prune))
    .all(refuseOthers('POST'));
  router
    .route('/fills')
    .get(adaptAdmin('listFills', api.listFills))
    .all(refuseOthers('GET, HEAD'));
  router
    .route('/upstreams')
    .get(adaptAdmin('listUpstreams', api.listUpstreams))
    .all(refuseOthers('GET, HEAD'));
}
