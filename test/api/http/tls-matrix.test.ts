import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TlsIdentity } from '../../../api/http/tls.ts';
import { createApp } from '../../../api/http/app.ts';
import { UpstreamError } from '../../../api/oci/errors.ts';
import { run } from '../../support/clients/command.ts';
import { missing, tool } from '../../support/clients/requires.ts';
import { serveApp } from '../../support/http-client.ts';
import { createImages, silentLog } from '../../support/http-images.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { Authority, type Pair } from '../../support/upstream/certificates.ts';
import { registryOver } from '../../support/upstream/registry-over.ts';

/** How a client finds out whom it talks to. */
const VERIFICATIONS = ['by its own authority', "by the system's store", 'not at all'] as const;
type Verification = (typeof VERIFICATIONS)[number];

/** What the server shows, and the client; `none` is no certificate. */
const CASES = [
  { server: 'right', client: 'right' },
  { server: 'wrong authority', client: 'right' },
  { server: 'expired', client: 'right' },
  { server: 'wrong host name', client: 'right' },
  { server: 'right', client: 'none' },
  { server: 'right', client: 'wrong authority' },
] as const;
type ServerCertificate = (typeof CASES)[number]['server'];
type ClientCertificate = (typeof CASES)[number]['client'];

interface Row {
  readonly mode: 'http' | 'one-way' | 'mutual';
  readonly verified: Verification;
  readonly server: ServerCertificate;
  readonly client: ClientCertificate;
  /** Why it cannot be; undefined when it can. */
  readonly fails: 'server' | 'client' | undefined;
}

const ROWS: readonly Row[] = [
  { mode: 'http', verified: 'not at all', server: 'right', client: 'none', fails: undefined },
  ...VERIFICATIONS.flatMap((verified) =>
    CASES.flatMap(({ server, client }): Row[] => {
      const isServerRefused = verified !== 'not at all' && server !== 'right';
      const refused = isServerRefused ? 'server' : undefined;
      const oneWay: Row = { mode: 'one-way', verified, server, client: 'none', fails: refused };
      const mutual: Row = { mode: 'mutual', verified, server, client, fails: client === 'right' ? refused : 'client' };
      return client === 'right' ? [oneWay, mutual] : [mutual];
    }),
  ),
];

/** What a client is told to do. */
interface Attempt {
  readonly origin: string;
  readonly verified: Verification;
  readonly own: Pair;
  readonly system: Pair;
  readonly client: Pair | undefined;
}

/** Each resolves when it was answered, and throws why it was not. */
const CLIENTS: readonly {
  readonly name: string;
  readonly needs: readonly string[];
  readonly ask: (attempt: Attempt) => Promise<void>;
  readonly refused: Readonly<Record<'server' | 'client', (err: unknown) => boolean>>;
}[] = [
  {
    name: 'Node',
    needs: [],
    ask: async ({ origin, verified, own, client }) => {
      if (origin.startsWith('http:')) {
        assert.equal((await fetch(`${origin}/v2/`)).status, 200);
        return;
      }
      const request = https.get(`${origin}/v2/`, {
        agent: false,
        rejectUnauthorized: verified !== 'not at all',
        ...(verified === 'by its own authority' && { ca: own.cert }),
        ...(client && { cert: client.cert, key: client.key }),
      });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 200);
    },
    refused: {
      server: isError(/CERT_HAS_EXPIRED|ALTNAME_INVALID|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED/),
      client: isError(/ECONNRESET|ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|EPIPE/),
    },
  },
  {
    name: 'curl',
    needs: ['curl'],
    ask: async ({ origin, verified, own, system, client }) => {
      const trust = {
        'by its own authority': ['--cacert', own.certFile],
        "by the system's store": [],
        'not at all': ['-k'],
      };
      const shown = client ? ['--cert', client.certFile, '--key', client.keyFile] : [];
      const args = ['-sS', '--fail', '--max-time', '10', ...trust[verified], ...shown, `${origin}/v2/`];
      const env = verified === "by the system's store" ? { CURL_CA_BUNDLE: system.certFile } : {};
      assert.equal((await run(tool('curl'), args, { env })).stdout, '{}');
    },
    refused: { server: isError(/exit code (?:60|51)\b/), client: isError(/exit code (?:35|55|56|52)\b/) },
  },
  {
    name: 'the pull-through',
    needs: [],
    ask: async ({ origin, verified, own, client }) => {
      const tls = {
        ...(verified === 'by its own authority' && { ca: own.cert }),
        ...(verified === 'not at all' && { insecureSkipVerify: true }),
        ...(client && { cert: client.cert, key: client.key }),
      };
      const { registry } = registryOver({ url: origin, tls });
      await registry.getManifest(repo('team/app'), ref('latest'));
    },
    refused: {
      server: (err) => err instanceof UpstreamError && /its certificate|unknown authority/.test(err.message),
      client: (err) =>
        err instanceof UpstreamError && /client certificate|connection (?:reset|closed)/.test(err.message),
    },
  },
];

function isError(pattern: RegExp): (err: unknown) => boolean {
  return (err) => err instanceof Error && pattern.test(`${(err as NodeJS.ErrnoException).code ?? ''} ${err.message}`);
}

describe('TLS: every way of it, with everything that can be wrong', { skip: missing('openssl') }, () => {
  const systemStore = getCACertificates('default');
  let own: Authority;
  let system: Authority;
  let other: Authority;
  const served = new Map<string, Promise<string>>();
  const pairs = new Map<string, Promise<Pair>>();

  before(async () => {
    const folder = tempFolder();
    [own, system, other] = await Promise.all([
      Authority.create(folder, 'own'),
      Authority.create(folder, 'system'),
      Authority.create(folder, 'other'),
    ]);
    setDefaultCACertificates([...systemStore, system.ca]);
  });
  after(() => setDefaultCACertificates(systemStore));

  const pairOf = (name: string, make: () => Promise<Pair>): Promise<Pair> => {
    const pair = pairs.get(name) ?? make();
    pairs.set(name, pair);
    return pair;
  };

  function serverPair(verified: Verification, certificate: ServerCertificate): Promise<Pair> {
    const [authority, name] = verified === "by the system's store" ? [system, 'system'] : [own, 'own'];
    if (certificate === 'wrong authority') return pairOf('strange', () => other.server('strange'));
    if (certificate === 'expired') return pairOf(`${name}-expired`, () => authority.expired(`${name}-expired`));
    if (certificate === 'right') return pairOf(`${name}-right`, () => authority.server(`${name}-right`));
    return pairOf(`${name}-elsewhere`, () => authority.server(`${name}-elsewhere`, 'DNS:other.example'));
  }

  async function clientPair(certificate: ClientCertificate): Promise<Pair | undefined> {
    if (certificate === 'none') return undefined;
    if (certificate === 'right') return pairOf('client', () => own.client('client'));
    return pairOf('stranger', () => other.client('stranger'));
  }

  /** Our server; one for all that is served in the same way. */
  function originOf({ mode, verified, server }: Row): Promise<string> {
    const start = async (): Promise<string> => {
      const { registry } = createImages();
      const app = await createApp({ registry, lister: registry, log: silentLog });
      if (mode === 'http') return (await serveApp(app)).origin;
      const { cert, key } = await serverPair(verified, server);
      const clients =
        mode === 'mutual' ? { clientCa: own.ca, clientAuth: 'require' as const } : { clientAuth: 'none' as const };
      const tls: TlsIdentity = { cert, key, ...clients };
      const { port } = await serveApp(app, { tls });
      return `https://127.0.0.1:${port}`;
    };
    const way = `${mode} ${verified} ${server}`;
    const origin = served.get(way) ?? start();
    served.set(way, origin);
    return origin;
  }

  for (const { name, needs, ask, refused } of CLIENTS) {
    for (const row of ROWS) {
      const { mode, verified, server, client, fails } = row;
      const shown = mode === 'mutual' ? `, client certificate ${client}` : '';
      const title = mode === 'http' ? mode : `${mode}, verified ${verified}, server certificate ${server}${shown}`;
      test(
        `${name}: ${title}: ${fails ? `refused by the ${fails === 'server' ? 'client' : 'server'}` : 'answered'}`,
        { skip: missing(...needs) },
        async () => {
          const origin = await originOf(row);
          const attempt = ask({
            origin,
            verified,
            own: own.pair,
            system: system.pair,
            client: await clientPair(client),
          });
          if (fails === undefined) await attempt;
          else await assert.rejects(attempt, refused[fails]);
        },
      );
    }
  }
});
