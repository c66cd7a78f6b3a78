import { DURATION, DURATIONS } from '../duration.ts';
import { RATES, SIZE } from '../size.ts';

const file = { type: 'string', minLength: 1, errorMessage: 'the path of a file' } as const;
const flag = { type: 'boolean', errorMessage: 'true or false' } as const;
const glob = { type: 'string', minLength: 1, maxLength: 1000 } as const;
const timeout = {
  type: 'string',
  pattern: DURATION.source,
  format: 'ociregistry-timeout',
  errorMessage: `${DURATIONS}, more than none, at most 24d`,
} as const;

/** Bytes a second. */
export const rate = {
  type: 'string',
  pattern: SIZE.source.replace('$', '/s$'),
  format: 'ociregistry-rate',
} as const;

const tls = {
  type: 'object',
  description: 'How the endpoint is trusted, and what it is shown.',
  additionalProperties: false,
  dependentRequired: { cert: ['key'], key: ['cert'] },
  properties: {
    ca: { ...file, description: 'Certificates to trust beside those that the system trusts, PEM.' },
    cert: { ...file, description: 'Our certificate, PEM, for endpoints that want one.' },
    key: { ...file, description: 'The key of the certificate, PEM, not encrypted.' },
    insecureSkipVerify: { ...flag, default: false, description: 'Take any certificate.' },
  },
} as const;

const WAYS = 'one of: username with passwordFile, username with passwordEnv, tokenFile, dockerConfig';

const credentials = {
  type: 'object',
  description: 'What to log in with. Files are read again when they change.',
  additionalProperties: false,
  properties: {
    username: { type: 'string', minLength: 1, errorMessage: 'the name of a user' },
    passwordFile: { ...file, description: 'The password of the user, in a file.' },
    passwordEnv: {
      type: 'string',
      minLength: 1,
      errorMessage: 'the name of an environment variable',
      description: 'The password of the user, in this environment variable.',
    },
    tokenFile: { ...file, description: 'A token in a file, sent as Bearer.' },
    dockerConfig: { ...file, description: 'Logins as docker, podman and skopeo keep them.' },
  },
  oneOf: [
    { required: ['passwordFile'] },
    { required: ['passwordEnv'] },
    { required: ['tokenFile'] },
    { required: ['dockerConfig'] },
  ],
  dependentRequired: { passwordFile: ['username'], passwordEnv: ['username'] },
  dependentSchemas: {
    username: { oneOf: [{ required: ['passwordFile'] }, { required: ['passwordEnv'] }], errorMessage: WAYS },
  },
  errorMessage: WAYS,
} as const;

const endpoint = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: {
      type: 'string',
      format: 'ociregistry-url',
      description: 'Requests go to /v2/ below it.',
      errorMessage: 'an http or https URL like https://mirror.example:5000/path; credentials have a key of their own',
    },
    tls,
    credentials,
  },
} as const;

const tagPolicy = {
  type: 'object',
  additionalProperties: false,
  required: ['match'],
  properties: {
    match: {
      ...glob,
      description: 'A glob over the tag.',
      errorMessage: 'a glob like v1.*, of at most 1000 characters',
    },
    ttl: {
      type: 'string',
      pattern: DURATION.source,
      description: 'How long the tag is not looked up again.',
      errorMessage: DURATIONS,
    },
    immutable: { const: true, description: 'The tag is never looked up again.', errorMessage: 'true, or no such key' },
  },
  // Beside `match`, exactly one of the others.
  minProperties: 2,
  maxProperties: 2,
  errorMessage: 'match, and either ttl or immutable: true',
} as const;

/** One upstream in the configuration file, whose host is its key; null when all of it is as by default. */
export const upstreamSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  errorMessage: 'a mapping, or nothing',
  properties: {
    endpoints: {
      type: 'array',
      minItems: 1,
      items: endpoint,
      description:
        'Where it answers, tried in order. Default: https://HOST, for docker.io https://registry-1.docker.io.',
      errorMessage: 'a list of at least one endpoint',
    },
    repositories: {
      type: 'array',
      items: { ...glob, errorMessage: 'a glob like library/**, of at most 1000 characters' },
      description: 'What may be fetched, globs over the name without the host. Default: everything.',
    },
    tags: {
      type: 'array',
      items: tagPolicy,
      description: 'When a tag is looked up again; the first that matches counts. Default: { ttl: 10m }.',
    },
    staleIfError: {
      ...flag,
      default: true,
      description: 'Whether what is stored is the answer while the upstream cannot give one.',
    },
    timeouts: {
      type: 'object',
      additionalProperties: false,
      properties: {
        connect: { ...timeout, default: '5s', description: 'For a connection, the TLS handshake included.' },
        headers: { ...timeout, default: '30s', description: 'From the request to the head of the answer.' },
        idle: { ...timeout, default: '60s', description: 'Without a byte of the body.' },
      },
    },
    bandwidth: {
      ...rate,
      description: 'The most that is fetched at once, all together. Default: no limit.',
      errorMessage: RATES,
    },
  },
} as const;
