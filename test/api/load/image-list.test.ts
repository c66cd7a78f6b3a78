import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseImageList } from '../../../api/load/image-list.ts';
import { InvalidList, MAX_LIST_BYTES } from '../../../api/load/problems.ts';
import { formatImage } from '../../../api/oci/reference.ts';

const sha = `sha256:${'b'.repeat(64)}`;
const read = (text: string): string[] =>
  parseImageList(text, 'images.txt').map((image) => `${formatImage(image)} ${image.at}`);

function problemsOf(text: string): readonly string[] {
  try {
    parseImageList(text, 'images.txt');
    return [];
  } catch (err) {
    assert.ok(err instanceof InvalidList);
    assert.equal(err.message, err.problems.join('\n'));
    return err.problems;
  }
}

describe('image list', () => {
  const lists: readonly [what: string, text: string, images: string[]][] = [
    [
      'one reference a line',
      'nginx:1\nquay.io/a/b:v2\n',
      ['docker.io/library/nginx:1 images.txt:1', 'quay.io/a/b:v2 images.txt:2'],
    ],
    ['comments and blank lines', '# all\n\n  # more\nnginx:1 # one\n\t\n', ['docker.io/library/nginx:1 images.txt:4']],
    [
      'the line ends of Windows and of old Macs',
      'a:1\r\nb:2\rc:3',
      ['a:1 images.txt:1', 'b:2 images.txt:2', 'c:3 images.txt:3'].map((line) => `docker.io/library/${line}`),
    ],
    ['a byte order mark', '\uFEFFnginx:1', ['docker.io/library/nginx:1 images.txt:1']],
    ['a byte order mark before a comment', '\uFEFF# all\nnginx:1', ['docker.io/library/nginx:1 images.txt:2']],
    ['spaces around', '  nginx:1\t \n', ['docker.io/library/nginx:1 images.txt:1']],
    ['a digest, which counts more than a tag', `nginx:1@${sha}`, [`docker.io/library/nginx@${sha} images.txt:1`]],
    [
      'what is there twice once',
      'nginx:1\nlibrary/nginx:1\ndocker.io/library/nginx:1',
      ['docker.io/library/nginx:1 images.txt:1'],
    ],
    [
      'tags that look alike apart',
      'a:1.0\na:1_0',
      ['docker.io/library/a:1.0 images.txt:1', 'docker.io/library/a:1_0 images.txt:2'],
    ],
    ['an empty file', '', []],
  ];
  for (const [what, text, images] of lists) test(`reads ${what}`, () => assert.deepEqual(read(text), images));

  test('every bad line is told at once, with what was read and what to do', () => {
    const text = 'nginx\nok:1\n  docker://a:1 # c\nUpper:1\na b\n\na:1#x\n';
    assert.deepEqual(problemsOf(text), [
      'images.txt:1: "nginx" has no tag: write "nginx:latest", or the tag that is meant',
      'images.txt:3: "docker://a:1" begins with "docker://": leave that out',
      'images.txt:4: "Upper:1" has upper case in "Upper": write "upper"',
      'images.txt:5: "a b" has a space in it: one image is wanted, as in "alpine:3.19"',
      'images.txt:7: "a:1#x" has a tag that cannot be one: letters, digits, "_", "." and "-" are wanted, 128 at most, "." and "-" not first',
    ]);
  });

  test('a thousand problems are enough', () => {
    const problems = problemsOf('nginx\n'.repeat(1500));
    assert.equal(problems.length, 1001);
    assert.equal(problems.at(-1), 'images.txt: and 500 more');
  });

  test('a file that is far too large is refused', () => {
    assert.match(problemsOf('#'.repeat(MAX_LIST_BYTES + 1))[0]!, /^images.txt:1: more than 16777216 bytes/);
  });

  test('what is written as a list is read back', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,2}$/);
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,10}$/);
    const host = fc.constantFrom('docker.io', 'quay.io', 'localhost:5000');
    const image = fc
      .tuple(host, name, tag)
      .map(([host, name, tag]) => `${host}/${host === 'docker.io' ? 'x/' : ''}${name}:${tag}`);
    const noise = fc.constantFrom('', ' ', '\t', ' # c', '\r');
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(image, noise), { selector: ([image]) => image }), (lines) => {
        const text = lines.map(([image, noise]) => image + noise).join('\n');
        assert.deepEqual(
          parseImageList(text, 'f').map(formatImage),
          lines.map(([image]) => image),
        );
      }),
    );
  });

  test('any text is a list, or is told to be none', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void problemsOf(text)));
  });
});
