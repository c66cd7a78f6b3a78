import { CERTIFICATE_FIELDS } from '../../api/auth/certificate-user.ts';
import * as auth from './auth.ts';
import type { Setting } from './setting.ts';

const about = ({ help, allowed }: Setting<unknown>) => ({
  description: `${help[0]!.toUpperCase()}${help.slice(1)}.`,
  errorMessage: allowed,
});

const text = { type: 'string', minLength: 1 } as const;
const repositories = {
  type: 'string',
  format: 'ociregistry-repositories',
  errorMessage: auth.REPOSITORY_GLOBS,
} as const;
const users = { type: 'string', format: 'ociregistry-users', errorMessage: auth.USER_GLOBS } as const;

/** Who is let in, and to what, in the configuration file. */
export const authSchema = {
  type: 'object',
  description: 'Who is let in, and to what. Without it everybody is, to all.',
  additionalProperties: false,
  minProperties: 1,
  errorMessage: 'at least one way to log in, or what anyone may pull',
  properties: {
    htpasswd: { ...text, ...about(auth.htpasswd) },
    token: {
      type: 'object',
      description: 'A token service: https://distribution.github.io/distribution/spec/auth/token/',
      additionalProperties: false,
      required: ['realm', 'service', 'issuer', 'jwks'],
      properties: {
        realm: { type: 'string', format: 'ociregistry-realm', ...about(auth.tokenRealm) },
        service: { type: 'string', format: 'ociregistry-service', ...about(auth.tokenService) },
        issuer: { ...text, ...about(auth.tokenIssuer) },
        jwks: { ...text, ...about(auth.tokenJwks) },
      },
    },
    certificate: { enum: CERTIFICATE_FIELDS, ...about(auth.certificate) },
    anonymous: { type: 'array', description: about(auth.anonymous).description, items: repositories },
    rules: {
      type: 'array',
      description: 'Who may pull what. Without it every user may pull all.',
      // An empty list may be meant as "nobody" or as "no rules".
      minItems: 1,
      errorMessage: 'a list with one rule at least; leave it out and every user may pull all',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['users', 'repositories'],
        properties: {
          users: { type: 'array', description: 'Users, as globs.', items: users },
          repositories: { type: 'array', description: 'What they may pull, as globs.', items: repositories },
        },
      },
    },
  },
} as const;
