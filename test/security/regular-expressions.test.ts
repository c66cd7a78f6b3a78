import { describe, test } from 'node:test';
import { parseAuthorization } from '../../api/auth/credentials.ts';
import { parseHtpasswd } from '../../api/auth/htpasswd.ts';
import { TrustedProxies } from '../../api/http/client-address.ts';
import { isNotModified } from '../../api/http/conditional.ts';
import { takePathHost } from '../../api/http/path-host.ts';
import { namespaceOf, parseQuery } from '../../api/http/requests.ts';
import { parseRange } from '../../api/oci/byte-range.ts';
import { isDigest, parseDigest } from '../../api/oci/digest.ts';
import { parsePlatform } from '../../api/oci/platform.ts';
import { parsePullReference } from '../../api/oci/pull-reference.ts';
import { parseReference } from '../../api/oci/reference.ts';
import { isComponent, isHost, parseHost, parseRepositoryName } from '../../api/oci/repository.ts';
import { parseChallenges } from '../../api/upstream/challenge.ts';
import { parseContentRange, parseLength, parseUnsatisfiedRange } from '../../api/upstream/content-range.ts';
import { harmless } from '../../api/upstream/foreign-text.ts';
import { parseNextLink } from '../../api/upstream/link.ts';
import { parseRateLimit } from '../../api/upstream/rate-limit.ts';
import { parseRetryAfter } from '../../api/upstream/retry-after.ts';
import { parseDuration } from '../../cmd/duration.ts';
import { parseRate, parseSize } from '../../cmd/size.ts';
import { assertGrowsLinearly } from './support-growth.ts';
import { DIGESTS, HOSTS, NAMES, NUMBERS, type HostileText } from './support-hostile-texts.ts';

/** Refusing is an answer too. */
const tried =
  (read: (text: string) => unknown) =>
  (text: string): unknown => {
    try {
      return read(text);
    } catch (err) {
      return err;
    }
  };

/** A text of a length in which `middle` is repeated, with a beginning that lures a reader in and an end that disappoints it. */
const around =
  (before: string, middle: string, after: string) =>
  (length: number): string =>
    before + middle.repeat(Math.ceil(length / middle.length)) + after;

interface Reader {
  readonly what: string;
  readonly read: (text: string) => unknown;
  readonly texts: readonly HostileText[];
  /** Of the shortest text, where there is a limit above which nothing is read. */
  readonly length?: number;
}

const NOBODY = new TrustedProxies(['127.0.0.1', '::1', '10.0.0.0/8']);
const FAR_AWAY = new Date('2026-11-01').getTime();

const READERS: readonly Reader[] = [
  { what: 'a repository name', read: parseRepositoryName, texts: NAMES },
  { what: 'a repository name of a possible length', read: parseRepositoryName, texts: NAMES, length: 30 },
  { what: 'a component', read: isComponent, texts: NAMES },
  { what: 'a host', read: parseHost, texts: HOSTS },
  { what: 'a host of a possible length', read: isHost, texts: HOSTS, length: 30 },
  { what: 'a digest', read: parseDigest, texts: DIGESTS },
  { what: 'a digest of a possible length', read: isDigest, texts: DIGESTS, length: 60 },
  { what: 'a tag or digest', read: parseReference, texts: [...NAMES, ...DIGESTS] },
  {
    what: 'what people type after docker pull',
    read: (text) => parsePullReference(text, { defaultTag: 'latest' }),
    texts: [...NAMES, ...HOSTS, ...DIGESTS, ['', 'a@', ''], ['', 'a:1', '/'], ['', ' ', 'a'], ['', 'a+', '://']],
  },
  { what: 'a platform', read: parsePlatform, texts: [...NAMES, ['linux/', 'a', '!']] },
  { what: 'Range', read: parseRange, texts: NUMBERS },
  { what: 'Content-Range', read: parseContentRange, texts: NUMBERS },
  { what: 'Content-Range of a 416', read: parseUnsatisfiedRange, texts: NUMBERS },
  { what: 'Content-Length', read: parseLength, texts: NUMBERS },
  {
    what: 'Retry-After',
    read: (text) => parseRetryAfter({ 'retry-after': text }, FAR_AWAY),
    texts: [...NUMBERS, ['Fri, ', '0', ' GMT'], ['', 'Fri, ', '']],
  },
  {
    what: 'RateLimit-Limit',
    read: (text) => parseRateLimit({ headers: { 'ratelimit-limit': text, 'ratelimit-remaining': text } }, FAR_AWAY),
    texts: [...NUMBERS, ['1', ';', ''], ['1;w=', '1', '!'], ['', '1;w=1,', ''], ['1', ' ', ';']],
  },
  { what: 'a size', read: parseSize, texts: NUMBERS },
  { what: 'a rate', read: parseRate, texts: [...NUMBERS, ['', '/s', '']] },
  { what: 'a duration', read: parseDuration, texts: NUMBERS },
  {
    what: 'WWW-Authenticate',
    read: (text) => parseChallenges([text]),
    texts: [
      ['Bearer realm="', 'a', ''],
      ['Bearer realm="', '\\"', ''],
      ['Bearer realm="', '\\', '"'],
      ['', 'Bearer ', ''],
      ['', 'Bearer a=,', ''],
      ['', 'a="', ''],
      ['Bearer ', 'a', ' ='],
      ['Bearer a', '=', ' x'],
      ['Bearer a=', ' ', 'x'],
      ['Bearer', ' ', '='],
      ['', 'a ', '='],
      ['', ',', '='],
      ['', '"', ''],
      ['', '@', ''],
    ],
  },
  {
    what: 'Link',
    read: parseNextLink,
    texts: [
      ['', '<', ''],
      ['', '<a>', ''],
      ['', '<a>;', ''],
      ['<a>', '; a="', ''],
      ['<a>; rel="', 'next ', ''],
      ['<a>; rel="', '\\"', ''],
      ['<a>; rel=', ' ', 'x'],
      ['<a>;', ' ', ''],
      ['', ' ', '<a>'],
      ['<a>', '; a', '"'],
      ['', '<a>; b, ', ''],
    ],
  },
  {
    what: 'what a stranger says, for the log',
    read: harmless,
    texts: [
      ['', '?', ''],
      ['', '?a', ''],
      ['', 'eyJ-', ''],
      ['', 'eyJ', '.'],
      ['', 'Bearer ', ''],
      ['', ' ', ''],
      ['', '\n\t', ''],
      ['?', '=', '"'],
    ],
  },
  {
    what: 'Authorization',
    read: parseAuthorization,
    texts: [
      ['Basic', ' ', ''],
      ['Basic ', 'A', '!'],
      ['Bearer ', 'a', '!'],
      ['Bearer a', '=', '!'],
      ['', 'a', ''],
      ['', ' ', 'x'],
      ['Basic ', 'Og==', ''],
    ],
  },
  {
    what: 'X-Forwarded-For',
    read: (text) =>
      NOBODY.clientOf({ socket: { remoteAddress: '::1' }, headersDistinct: { 'x-forwarded-for': [text] } } as never),
    texts: [
      ['', '::1,', ''],
      ['[', ':', ''],
      ['', '1.', ''],
      ['', '[', ''],
      ['', ' ', '1'],
      ['', '10.0.0.1, ', ''],
    ],
  },
  {
    what: 'If-None-Match',
    read: (text) => isNotModified({ 'if-none-match': text }, '"sha256:x"'),
    texts: [
      ['', '"a",', ''],
      ['', 'W/', ''],
      ['', ' ', 'x'],
      ['', ',', ''],
    ],
  },
  {
    what: 'a path that may begin with a host',
    read: (text) => takePathHost(text, '', {}, () => false),
    texts: [
      ['/v2/', 'a', ''],
      ['/v2/', 'a:', '/b/c/d'],
      ['/v2/', '%3A', ''],
      ['/v2/', '%3', ''],
      ['/v2/', '/', ''],
    ],
  },
  {
    what: 'a query',
    read: parseQuery,
    texts: [
      ['', 'n=1&', ''],
      ['', '&', ''],
      ['n=', '1', 'x'],
      ['', 'a%', ''],
    ],
  },
  {
    what: 'ns in a query',
    read: (text) => namespaceOf('/v2/a/tags/list', text, {}),
    texts: [
      ['ns=', 'a', '!'],
      ['', 'ns=a&', ''],
    ],
  },
  {
    what: 'a password file',
    read: (text) => parseHtpasswd(text, 'passwords'),
    texts: [
      ['', 'a', ''],
      ['a:$2y$05$', '.', ''],
      ['', ' ', ':'],
      ['', '\r\n', ''],
      ['', ':', ''],
    ],
  },
];

/** Long enough that a reader out of proportion shows, short enough that it ends. */
const LENGTH = 4_096;

describe('regular expressions of death: time grows with the text, and no faster, for', () => {
  for (const { what, read, texts, length = LENGTH } of READERS) {
    test(what, () => {
      for (const [before, middle, after] of texts) {
        try {
          assertGrowsLinearly(tried(read), around(before, middle, after), length);
        } catch (cause) {
          throw new Error(`${JSON.stringify(before)} ${JSON.stringify(middle)}… ${JSON.stringify(after)}`, { cause });
        }
      }
    });
  }
});
