import type { FromSchema } from 'json-schema-to-ts';
import * as admin from './admin.ts';
import * as plain from './plain-settings.ts';
import { authSchema } from './schema-auth.ts';
import { rate, upstreamSchema } from './schema-upstream.ts';
import * as limits from './limits.ts';
import type { Setting } from './setting.ts';
import * as tls from './tls.ts';
import { HOSTS } from './values.ts';
import { DURATION } from '../duration.ts';
import { SIZE } from '../size.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../settings.ts';
import * as settings from '../settings.ts';

const about = ({ help, allowed }: Setting<unknown>) => ({
  description: `${help[0]!.toUpperCase()}${help.slice(1)}.`,
  errorMessage: allowed,
});

// `0` needs no quotes.
const size = { type: ['string', 'integer'], pattern: `^0$|${SIZE.source}`, maximum: 0, minimum: 0 } as const;
const wait = { type: 'string', pattern: DURATION.source, format: 'ociregistry-wait' } as const;
const count = { type: 'integer', minimum: 0, maximum: 999_999_999 } as const;
const flag = { type: 'boolean' } as const;
const text = { type: 'string', minLength: 1 } as const;
const host = { type: 'string', format: 'ociregistry-host' } as const;

/** The configuration file, as JSON Schema and as a type. `errorMessage` says what is allowed, as some editors show it; of formats
 *  that begin with `ociregistry-` they know nothing, and the program checks them. */
export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Configuration of ociregistry',
  description: 'Relative paths are relative to the file. Flags and environment variables overrule what is here.',
  type: 'object',
  additionalProperties: false,
  properties: {
    images: { ...text, ...about(settings.images), default: './images' },
    mounts: {
      type: 'array',
      description: 'Other folders, read-only.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['path'],
        properties: {
          path: { ...text, description: 'The folder.', errorMessage: 'the path of a folder' },
          prefix: {
            type: 'string',
            format: 'ociregistry-prefix',
            default: '',
            description: 'Put before the names in it.',
            errorMessage: 'a path like team/app: lower case, digits, single separators',
          },
        },
      },
    },
    listen: {
      type: 'object',
      additionalProperties: false,
      properties: {
        host: { ...text, ...about(settings.host), default: '127.0.0.1' },
        port: { type: 'integer', minimum: 0, maximum: 65535, ...about(settings.port), default: 5000 },
        trustedProxies: {
          type: 'array',
          items: { type: 'string', format: 'ociregistry-network', ...about(limits.trustedProxies) },
        },
      },
    },
    tls: {
      type: 'object',
      additionalProperties: false,
      properties: {
        cert: { ...text, ...about(tls.tlsCert) },
        key: { ...text, ...about(tls.tlsKey) },
        clientCa: { ...text, ...about(tls.tlsClientCa) },
        clientAuth: { enum: tls.CLIENT_AUTHS, ...about(tls.tlsClientAuth) },
      },
    },
    auth: authSchema,
    admin: {
      type: 'object',
      description: 'The listener for operators: health, metrics, prune. There is none without it.',
      additionalProperties: false,
      properties: {
        host: { ...text, ...about(admin.adminHost), default: '127.0.0.1' },
        port: { type: 'integer', minimum: 0, maximum: 65535, ...about(admin.adminPort) },
        socket: { ...text, ...about(admin.adminSocket) },
      },
      oneOf: [{ required: ['port'] }, { required: ['socket'] }],
      dependentSchemas: { host: { required: ['port'], errorMessage: 'host goes with port' } },
      errorMessage: 'port, with or without host, or socket',
    },
    shutdownGrace: { ...wait, ...about(plain.shutdownGrace), default: plain.shutdownGrace.default },
    log: {
      type: 'object',
      additionalProperties: false,
      properties: {
        level: { enum: LOG_LEVELS, ...about(settings.logLevel), default: 'info' },
        format: { enum: LOG_FORMATS, ...about(settings.logFormat) },
        accessLog: { ...flag, ...about(plain.accessLog), default: true },
        audit: { ...flag, ...about(plain.audit), default: false },
        file: { ...text, ...about(plain.logFile) },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: {
        connections: { ...count, ...about(limits.connections), default: Number(limits.connections.default) },
        connectionsPerClient: { ...count, ...about(limits.connectionsPerClient) },
        requests: { ...count, ...about(limits.requests) },
        requestsPerClient: { ...count, ...about(limits.requestsPerClient) },
        blobStreams: { ...count, ...about(limits.blobStreams) },
        blobStreamsPerClient: { ...count, ...about(limits.blobStreamsPerClient) },
        fills: { ...count, ...about(limits.fills), default: Number(limits.fills.default) },
        headersTimeout: { ...wait, ...about(limits.headersTimeout), default: limits.headersTimeout.default },
        idleTimeout: { ...wait, ...about(limits.idleTimeout), default: limits.idleTimeout.default },
        writeIdle: { ...wait, ...about(limits.writeIdle), default: limits.writeIdle.default },
        headerBytes: { ...size, ...about(limits.headerBytes), default: limits.headerBytes.default },
        unpackRatio: { ...count, ...about(settings.unpackRatio), default: Number(settings.unpackRatio.default) },
        unpackBytes: { ...size, ...about(settings.unpackBytes), default: settings.unpackBytes.default },
        manifestBytes: { ...size, ...about(plain.manifestBytes), default: plain.manifestBytes.default },
        tagsPage: { ...count, ...about(plain.tagsPage), default: 1000 },
      },
    },
    catalog: { ...flag, ...about(plain.catalog), default: true },
    upstreams: {
      type: 'object',
      description: 'Registries that images are fetched from, by their hosts. The aliases of docker.io are one.',
      propertyNames: { ...host, errorMessage: HOSTS },
      additionalProperties: upstreamSchema,
    },
    defaultUpstream: { ...host, ...about(settings.defaultUpstream) },
    airGapped: { ...flag, ...about(settings.airGapped), default: false },
    cache: {
      type: 'object',
      additionalProperties: false,
      properties: {
        maxBytes: { ...size, ...about(plain.cacheMaxBytes), default: 0 },
        minFree: { ...size, ...about(plain.cacheMinFree), default: plain.cacheMinFree.default },
        pins: { type: 'array', items: { ...text, maxLength: 1000, ...about(plain.cachePins) } },
        scrub: { ...rate, ...about(plain.cacheScrub) },
      },
    },
  },
} as const;

/** What a configuration file says, checked. */
export type FileContents = FromSchema<typeof configSchema, { keepDefaultedPropertiesOptional: true }>;
/** What it says of an upstream. */
export type FileUpstream = FromSchema<typeof upstreamSchema, { keepDefaultedPropertiesOptional: true }>;
