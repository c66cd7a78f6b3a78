import {
  image,
  indexJson,
  named,
  ociTar,
  savedManifest,
  savedTar,
  json,
  type HostileArchive,
} from './hostile-images.ts';

const many = (count: number, name: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => name(i));
const manyNames = /manifest\.json: 100000 names of images, at most 50000 are read/;
const manyManifests = /index\.json: 100000 manifests, at most 50000 are read/;
const TOO_MANY = /evil\.tar: more than 10000 images in one source/;

function tags(what: string, RepoTags: () => unknown, refused?: RegExp, problem?: RegExp): HostileArchive {
  const bytes = (): Buffer => savedTar({ 'manifest.json': savedManifest({ RepoTags: RepoTags() }) });
  return { what, file: 'evil.tar', bytes, refused, problem };
}
function names(what: string, all: () => string[], refused?: RegExp, problem?: RegExp): HostileArchive {
  const index = (): Buffer => indexJson(all().map((name) => named(image.manifest, name)));
  return { what, file: 'evil.tar', bytes: () => ociTar(undefined, { 'index.json': index() }), refused, problem };
}
function config(what: string, Config: string, refused: RegExp): HostileArchive {
  const bytes = (): Buffer => savedTar({ 'manifest.json': savedManifest({ Config }) });
  return { what, file: 'evil.tar', bytes, refused, problem: refused };
}
const noClient = /manifest\.json: no client can ask for /;

/** Names that nobody can use, or too many; and paths. */
export const hostileNames: readonly HostileArchive[] = [
  tags('100,000 tags', () => many(100_000, (i) => `evil:v${i}`), manyNames, manyNames),
  tags('40,000 tags', () => many(40_000, (i) => `evil:v${i}`), TOO_MANY),
  tags('20,000 repositories', () => many(20_000, (i) => `evil${i}:v1`), TOO_MANY),
  tags('40,000 names that are none', () => many(40_000, (i) => `EVIL:v${i}`), noClient, noClient),
  tags('the name __proto__', () => ['__proto__:v1'], noClient, noClient),
  tags('escape sequences of a terminal', () => ['\u001b[31mred\u001b[0m:v1', 'a\u009b31m:v1'], noClient, noClient),
  tags('line breaks and reversed text', () => ['a\nb:v1', 'a\rb:v1', 'a\u202eb:v1'], noClient, noClient),
  tags('names of wrong types', () => ['evil:v1', 7, null], /evil\.tar: no name is written inside/),
  names('100,000 tags in an index.json', () => many(100_000, (i) => `evil:v${i}`), manyManifests, manyManifests),
  names('40,000 tags in an index.json', () => many(40_000, (i) => `evil:v${i}`), TOO_MANY),
  names('20,000 repositories in an index.json', () => many(20_000, (i) => `evil${i}:v1`), TOO_MANY),
  names('a name with a NUL', () => ['evil\0:v1'], /no client can ask for "evil\\u0000:v1"/, /no client can ask for/),
  names('a name that leads upwards', () => ['../evil:v1'], /no client can ask for/, /no client can ask for/),
  config('a config that lies elsewhere', '/etc/passwd', /"\/etc\/passwd" is no path inside/),
  config('a config upwards', '../../etc/passwd', /"\.\.\/\.\.\/etc\/passwd" is no path inside/),
  config('a config with a NUL', 'config.json\0', /"config\.json\\u0000" is no path inside/),
  config('a config with a name of 100,000 letters', 'x'.repeat(100_000), /"x{200}" is no path inside/),
  config('a config that colours the terminal', '\u001b[31mred\u009b0m\n\u202e', /it is missing/),
  {
    what: '40,000 images without a file',
    file: 'evil.tar',
    bytes: () =>
      savedTar({
        'manifest.json': json(many(40_000, () => '').map(() => ({ Config: 'a', Layers: [], RepoTags: ['e:v'] }))),
      }),
    refused: /evil\.tar\/a: it is missing/,
    problem: /a: it is missing/,
  },
];
