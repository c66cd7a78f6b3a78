import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { stringify } from 'yaml';
import { serve, type Served } from '../support/clients/served.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { TokenService } from '../support/upstream/token-service.ts';

// Registries that want a login, for clients that have one: alice may pull what begins with layout/ and charts/, anyone layout/single.

export const USER = 'alice';
export const PASSWORD = 'correct horse';
export const WRONG = 'battery staple';

const rules = {
  anonymous: ['layout/single'],
  rules: [{ users: [USER], repositories: ['layout/**', 'charts/**'] }],
};

/** One with a password file. */
export async function serveWithPasswords(stack: AsyncDisposableStack, images: string): Promise<Served> {
  const { path } = stack.use(await tempFolder('login'));
  await writeFile(join(path, 'users.htpasswd'), `${USER}:${hashSync(PASSWORD, 6)}\n`);
  return start(stack, images, path, { htpasswd: 'users.htpasswd', ...rules });
}

/** One with a token service of its own. */
export async function serveWithTokens(
  stack: AsyncDisposableStack,
  images: string,
): Promise<{ readonly server: Served; readonly tokens: TokenService }> {
  const { path } = stack.use(await tempFolder('login'));
  const users = { [USER]: PASSWORD };
  const tokens = stack.use(await TokenService.start({ users, isPublic: (name) => name === 'layout/single' }));
  await writeFile(join(path, 'keys.json'), JSON.stringify(tokens.jwks));
  const { realm, service, issuer } = tokens;
  const token = { realm, service, issuer, jwks: 'keys.json' };
  return { server: await start(stack, images, path, { token, anonymous: rules.anonymous }), tokens };
}

async function start(stack: AsyncDisposableStack, images: string, folder: string, auth: object): Promise<Served> {
  const config = join(folder, 'config.yaml');
  await writeFile(config, stringify({ auth }));
  return stack.use(await serve(images, '--config', config));
}
