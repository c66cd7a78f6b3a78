import assert from 'node:assert/strict';
import http from 'node:http';
import { before, describe, test } from 'node:test';
import { document } from '../../../generated/spec.ts';
import { createApp } from '../../../api/http/app.ts';
import { serveApp, type Served } from '../../support/http-client.ts';
import { createImages, put, silentLog } from '../../support/http-images.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { basic, bearer, forgedBearer, openGate } from './login-gate.ts';

// Every operation of the document, by every method, and what is no operation, for who has no credential, a wrong one, somebody else's and
// the right one.

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const images = createImages();
put(images.registry, 'team/other', tinyImage({ seed: 'other' }), 'latest');
const { digest } = images.blob;

const parameters: Readonly<Record<string, string>> = {
  name: 'team/app',
  reference: 'latest',
  digest,
  uuid: 'x',
};
const fill = (path: string): string => path.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? name);

const operations = Object.keys(document.paths).map(fill);
/** Of the same repository, however they spell it, and whatever else is wrong with them. */
const spellings = [
  '/v2/team%2Fapp/manifests/latest',
  '/v2/docker.io/team/app/manifests/latest',
  '/v2/index.docker.io/team/app/manifests/latest',
  '/v2/team/app/manifests/latest?ns=docker.io',
  '/v2/team/app/manifests/latest?ns=Registry-1.docker.io:443',
  '/v2/team/app/manifests/latest?ns=nowhere.test',
  '/v2/team/app/manifests/latest?ns=docker.io&ns=docker.io',
  'http://other.test/v2/team/app/manifests/latest',
  '/v2/team/app/manifests/nope',
  `/v2/team/app/blobs/${digest}?x=/v2/team/other/tags/list`,
  `/v2/team/app/referrers/${digest}?artifactType=a`,
  '/v2/team/app/tags/list?n=1&last=a',
  '/v2/team/app/manifests/latest%00',
  '/v2/team/app/blobs/sha256:nope',
  '/v2/team/app/tags/list?n=x',
  '/v2/team/nothing/tags/list',
];
const noOperations = [
  '/',
  '/docs',
  '/docs/',
  '/docs/swagger-ui.css',
  '/docs/../v2/team/app/manifests/latest',
  '/docs/nope',
  '/openapi.yaml',
  '/openapi.json',
  '/v2',
  '/V2/',
  '/v1/',
  '/v2//',
  '/v2/team/app',
  '/v2//team/app/manifests/latest',
  '/v2/team/app/manifests/',
  '/v2/team/app/manifests/latest/',
  '/v2/Team/App/manifests/latest',
  '/v2/%zz/manifests/latest',
  '/v2/team/app/manifests/%zz',
  '/v2/team/app/manifests/latest?ns=',
  '/v2/team/app/manifests/latest?ns=docker.io&ns=quay.io',
  '/v2/..%2fteam/app/manifests/latest',
  '/v2/_catalog/',
  '/v2/_oci/ext/discover',
  '/metrics',
  '/livez',
  '/readyz',
  '/reload',
  '/prune',
  '/images',
  '/favicon.ico',
  '*',
];

interface Outcome {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly cacheControl: string | undefined;
  readonly body: string;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

function send({ port }: Served, method: string, path: string, authorization?: string): Promise<Outcome> {
  const headers = { 'X-Request-Id': 'x', ...(authorization !== undefined && { authorization }) };
  return new Promise((resolve, reject) => {
    const request = http.request({ port, agent, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          challenge: response.headers['www-authenticate'],
          cacheControl: response.headers['cache-control'],
          body: Buffer.concat(chunks).toString('latin1'),
        }),
      );
    });
    request.once('error', reject);
    request.end();
  });
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';
const rule = (user: string, repository: string) => ({ users: [user], repositories: [repository] });
const rules = [rule('alice', 'team/app'), rule('alice', 'team/nothing'), rule('bob', 'team/other')];

for (const scheme of ['Basic', 'Bearer'] as const) {
  describe(`${scheme}: nothing is answered before somebody is let in`, () => {
    let open: Served;
    let closed: Served;
    const credentials = { none: undefined, wrong: '', others: '', right: '' };
    before(async () => {
      const { registry } = images;
      const gate = openGate(scheme === 'Basic' ? { users: { alice: 'a', bob: 'b' }, rules } : { tokens: true, rules });
      const options = { registry, lister: registry, log: silentLog };
      open = await serveApp(await createApp(options));
      closed = await serveApp(await createApp({ ...options, gate }));
      if (scheme === 'Basic') {
        Object.assign(credentials, {
          wrong: basic('alice', 'b'),
          others: basic('bob', 'b'),
          right: basic('alice', 'a'),
        });
      } else {
        const all = ['repository:team/app:pull', 'repository:team/nothing:pull', 'registry:catalog:*'];
        credentials.wrong = await forgedBearer('repository:team/app:pull');
        credentials.others = await bearer('repository:team/other:pull');
        credentials.right = await bearer(...all);
      }
    });

    const refused = async (method: string, path: string, authorization: string | undefined): Promise<Outcome> => {
      const outcome = await send(closed, method, path, authorization);
      assert.equal(outcome.status, 401);
      assert.match(outcome.challenge ?? '', new RegExp(`^${scheme} realm="[^"]+"`));
      assert.equal(outcome.cacheControl, 'no-store');
      if (method !== 'HEAD')
        assert.match(outcome.body, /^\{"errors":\[\{"code":"UNAUTHORIZED","message":"[^"]+"\}\]\}$/);
      return outcome;
    };

    /** What an open registry answers, but for the list of what is there and what caches may keep. */
    const same = async (method: string, path: string, authorization: string): Promise<void> => {
      const [asked, expected] = [await send(closed, method, path, authorization), await send(open, method, path)];
      assert.equal(asked.status, expected.status);
      assert.equal(asked.cacheControl, expected.cacheControl?.replace('public', 'private'));
      assert.doesNotMatch(asked.cacheControl ?? '', /public/);
      if (path !== '/v2/_catalog' || scheme === 'Bearer') assert.equal(asked.body, expected.body);
    };

    for (const path of [...operations, ...spellings, ...noOperations]) {
      const isNoOperation = !operations.includes(path) && !spellings.includes(path);
      const isOfRepository = !isNoOperation && /\/v2\/.*(?:app|nothing)/.test(path);
      test(path, async () => {
        for (const method of METHODS) {
          await refused(method, path, credentials.none);
          await refused(method, path, 'Basic Og==');
          const wrong = await refused(method, path, credentials.wrong);
          if (scheme === 'Bearer') assert.match(wrong.challenge!, /,error="invalid_token"$/);
          await same(method, path, credentials.right);
          if (!isRead(method) || (!isOfRepository && path !== '/v2/_catalog')) {
            await same(method, path, credentials.others);
          } else if (scheme === 'Bearer') {
            assert.match((await refused(method, path, credentials.others)).challenge!, /,error="insufficient_scope"$/);
          } else if (isOfRepository) {
            const denied = await send(closed, method, path, credentials.others);
            assert.deepEqual([denied.status, denied.challenge, denied.cacheControl], [403, undefined, 'no-store']);
          }
        }
      });
    }

    test('C2 the list of repositories has what one may read alone', async () => {
      const listed = async (authorization: string): Promise<unknown> =>
        (JSON.parse((await send(closed, 'GET', '/v2/_catalog', authorization)).body) as { repositories: unknown })
          .repositories;
      if (scheme === 'Basic') {
        assert.deepEqual(await listed(credentials.right), ['team/app']);
        assert.deepEqual(await listed(credentials.others), ['team/other']);
      } else {
        assert.ok((await listed(credentials.right)) instanceof Array);
      }
    });

    test('U6 a repository that is not there is refused as one that is', async () => {
      const without = async (name: string): Promise<Outcome> => {
        const outcome = await send(closed, 'GET', `/v2/${name}/tags/list`);
        return { ...outcome, challenge: outcome.challenge?.replace(name, 'NAME') };
      };
      assert.deepEqual(await without('team/app'), await without('no/such'));
    });
  });
}
