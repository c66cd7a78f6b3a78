import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { looksLikeInventory, parseInventory } from '../../../api/load/inventory.ts';
import { formatRepository } from '../../../api/oci/repository.ts';
import { problemsOf, readInventory } from '../../support/inventories.ts';

const sha = `sha256:${'b'.repeat(64)}`;

/** The inventory of static_docker_v2_registry, whose user comes to us. */
const ANSIBLE = `---
all:
  hosts:
    localhost:
      ansible_connection: local
      vars:
        working_dir: /home/artifacts
        docker_images_dir: "{{ working_dir }}/docker_images"
        secret: !vault |
          $ANSIBLE_VAULT;1.1;AES256
        reexported_images:
          - name: nginx
            tags:
              - 'alpine'
              - 1.16.1-alpine
          - name: prom/prometheus
            tags: [ v2.15.2 ]
          - name: k8s.gcr.io/pause
            tags: [ '3.1', "3.2" ]
          - name: k8s.gcr.io/coredns
            tags: [ '1.6.6' ]
          - name: quay.io/coreos/flannel
            tags: [ v0.11.0-amd64 ]
          - name: grafana/grafana
            tags: [ 6.5.2 ]
          - name: k8s.gcr.io/etcd
            tags: [ 3.4.3-0 ]
`;

describe('inventory', () => {
  test('the nine images of an Ansible inventory are read', () => {
    const images = [
      'docker.io/library/nginx:alpine',
      'docker.io/library/nginx:1.16.1-alpine',
      'docker.io/prom/prometheus:v2.15.2',
      'k8s.gcr.io/pause:3.1',
      'k8s.gcr.io/pause:3.2',
      'k8s.gcr.io/coredns:1.6.6',
      'quay.io/coreos/flannel:v0.11.0-amd64',
      'docker.io/grafana/grafana:6.5.2',
      'k8s.gcr.io/etcd:3.4.3-0',
    ];
    assert.deepEqual(readInventory(ANSIBLE), images);
    assert.deepEqual(readInventory(ANSIBLE.replaceAll('\n', '\r\n')), images);
    const { repositories, images: wanted } = parseInventory(ANSIBLE, 'inventory.yaml');
    assert.equal(repositories.length, 7);
    assert.equal(wanted[1]?.at, 'inventory.yaml:15');
  });

  const good: readonly [what: string, text: string, images: string[]][] = [
    [
      'YAML',
      'images:\n- name: quay.io/a/b\n  tags: [v1]\n  platforms: [linux/amd64, linux/arm64/v8]',
      ['quay.io/a/b:v1 linux/amd64 linux/arm64/v8'],
    ],
    [
      'JSON',
      '{"images":[{"name":"quay.io/a/b","tags":["1.0"],"platforms":["linux/amd64"]}]}',
      ['quay.io/a/b:1.0 linux/amd64'],
    ],
    [
      'JSON with tabs and a byte order mark',
      '\uFEFF{\n\t"images": [\n\t\t{ "name": "a",\n\t\t  "tags": ["1"] }\n\t]\n}\n',
      ['docker.io/library/a:1'],
    ],
    [
      'comments, document marks and a version',
      '# c\n%YAML 1.1\n---\nimages: # c\n- {name: a, tags: [v1]} # c\n...\n',
      ['docker.io/library/a:v1'],
    ],
    [
      'tags that look alike, apart',
      'images: [{name: a, tags: ["1.0", "1_0"]}, {name: a.b, tags: [x]}, {name: a_b, tags: [x]}]',
      ['a:1.0', 'a:1_0', 'a.b:x', 'a_b:x'].map((image) => `docker.io/library/${image}`),
    ],
    ['digests', `images: [{name: a, tags: ["${sha}", ${sha}]}]`, [`docker.io/library/a@${sha}`]],
    [
      'an image that is there twice with the platforms of both',
      'images:\n- {name: a, tags: [v], platforms: [linux/amd64]}\n- {name: library/a, tags: [v], platforms: [linux/arm64]}',
      ['docker.io/library/a:v linux/amd64 linux/arm64'],
    ],
    [
      'an image that is there twice, once for all platforms',
      'images:\n- {name: a, tags: [v], platforms: [linux/amd64]}\n- {name: a, tags: [v]}',
      ['docker.io/library/a:v'],
    ],
    [
      'anchors and aliases',
      'x-tags: &t [v1, &v "3.10"]\nimages:\n- &a {name: a, tags: *t}\n- {name: b, tags: [*v]}\n- *a',
      ['a:v1', 'a:3.10', 'b:3.10'].map((image) => `docker.io/library/${image}`),
    ],
    [
      'merge keys, of which those that are written win',
      'x-base: &b {name: a, tags: [v1]}\nx-more: &m {platforms: [linux/amd64], tags: [v3]}\nimages:\n- {<<: *b}\n- {<<: [*b, *m], name: b}\n- <<: *b\n  <<: *m\n  tags: [v2]',
      ['docker.io/library/a:v1', 'docker.io/library/b:v1 linux/amd64', 'docker.io/library/a:v2 linux/amd64'],
    ],
    [
      'a tag said to be a text',
      'images: [{name: a, tags: [!!str 3.10, ! 7, !!str yes]}]',
      ['a:3.10', 'a:7', 'a:yes'].map((image) => `docker.io/library/${image}`),
    ],
    [
      'a file of Ansible variables',
      'other: 3.10\nreexported_images:\n- {name: a, tags: [v1]}',
      ['docker.io/library/a:v1'],
    ],
    [
      'the variables of several groups together',
      'all:\n  vars: {reexported_images: [{name: a, tags: [v1]}]}\n  children:\n    g: {vars: &v {reexported_images: [{name: b, tags: [v1]}]}}\n    h: {vars: *v}',
      ['docker.io/library/a:v1', 'docker.io/library/b:v1'],
    ],
    ['no images', 'images: []', []],
  ];
  for (const [what, text, images] of good) test(`reads ${what}`, () => assert.deepEqual(readInventory(text), images));

  test('a name without tags is managed all the same', () => {
    const { images, repositories } = parseInventory(
      'images:\n- {name: a, tags: []}\n- {name: library/a, tags: []}',
      'f',
    );
    assert.deepEqual(images, []);
    assert.deepEqual(repositories.map(formatRepository), ['docker.io/library/a']);
  });

  const bad: readonly [what: string, text: string, problems: (string | RegExp)[]][] = [
    ['an empty file', '', [/^inventory.yaml:1: no inventory/]],
    ['comments alone', '# c\n', [/no inventory/]],
    ['a list', '- name: a\n  tags: [v]\n', [/^inventory.yaml:1: no inventory: "images:"/]],
    ['a text', 'nginx:1', [/no inventory/]],
    ['a mapping of something else', 'a: b\n', ['inventory.yaml:1: neither "images" nor "reexported_images" is in it']],
    [
      'unknown keys',
      'images:\n- name: a\n  tags: [v]\n  platform: x\n  ? [b]\n  : c\nimage: []',
      [
        'inventory.yaml:4: unknown key "platform": an entry has name, tags, platforms',
        'inventory.yaml:5: unknown key "": an entry has name, tags, platforms',
        'inventory.yaml:7: unknown key "image": beside images there is none but x-…',
      ],
    ],
    [
      'duplicate keys',
      'images:\n- name: a\n  tags: [v]\n  "name": b\nimages: []',
      [
        'inventory.yaml:4: the key "name" stands on line 2 already',
        'inventory.yaml:5: the key "images" stands on line 1 already',
      ],
    ],
    [
      'what entries lack',
      'images:\n- name: a\n- tags: [v]\n- {}',
      [
        'inventory.yaml:2: this entry has no tags: write [] for none',
        'inventory.yaml:3: this entry has no name',
        'inventory.yaml:4: this entry has no tags: write [] for none',
        'inventory.yaml:4: this entry has no name',
      ],
    ],
    [
      'wrong types',
      'images:\n- a:v\n- name: [a]\n  tags: v1\n- name: a\n  tags:\n  - [v]\n  - {v: 1}\n  platforms: 1\n- [a]\n-\n- name: a\n  tags:',
      [
        'inventory.yaml:2: an entry is a mapping with name and tags, not the text "a:v"',
        'inventory.yaml:3: a name is a text, not a list',
        'inventory.yaml:4: tags is the text "v1": a list is wanted, [] for an empty one',
        'inventory.yaml:7: a tag is a text, not a list',
        'inventory.yaml:8: a tag is a text, not a mapping',
        'inventory.yaml:9: platforms is the text "1": a list is wanted, [] for an empty one',
        'inventory.yaml:10: an entry is a mapping with name and tags, not a list',
        /^inventory.yaml:11: an entry is a mapping with name and tags, not empty/,
        'inventory.yaml:13: tags is empty: a list is wanted, [] for an empty one',
      ],
    ],
    [
      'images that are no list',
      'images: {a: b}',
      ['inventory.yaml:1: images is a mapping: a list is wanted, [] for an empty one'],
    ],
    [
      'names that carry more',
      `images:\n- {name: "a:v", tags: []}\n- {name: "a@${sha}", tags: []}\n- {name: A, tags: []}\n- {name: , tags: []}\n- {name: 7, tags: []}\n- {name, tags: []}`,
      [
        'inventory.yaml:2: the name "a:v" carries a tag: only the name belongs here',
        /^inventory.yaml:3: the name "a@sha256:b+" carries a digest: only/,
        'inventory.yaml:4: the name "A" has upper case in "A": write "a"',
        'inventory.yaml:5: the name is empty',
        'inventory.yaml:6: the name 7 is read as the number 7: write "7"',
        'inventory.yaml:7: the name is empty',
      ],
    ],
    [
      'tags that are none',
      'images:\n- name: a\n  tags: ["a b", "", .x, "sha256:abc", |\n  "x"]',
      [/^inventory.yaml:3: not YAML/],
    ],
    [
      'tags that are none, one by one',
      'images:\n- name: a\n  tags:\n  - "a b"\n  - ""\n  - .x\n  - "sha256:abc"\n  - |\n    x\n  - a\n    b',
      [
        /:4: the tag "a b" is no tag/,
        /:5: the tag "" is no tag/,
        /:6: the tag ".x" is no tag/,
        /:7: the tag "sha256:abc" is neither tag nor digest/,
        /:8: the tag "x\\n" is no tag/,
        /:10: the tag "a b" is no tag/,
      ],
    ],
    [
      'platforms that are none',
      'images:\n- name: a\n  tags: [v]\n  platforms: [amd64, 386, linux/386]',
      [
        'inventory.yaml:4: the platform "amd64" is none: write one as in "linux/arm64/v8"',
        'inventory.yaml:4: the platform 386 is read as the number 386: write "386"',
      ],
    ],
    [
      'several documents',
      'images: []\n---\nimages: []',
      [/^inventory.yaml:[23]: a second document begins here: only one is read/],
    ],
    ['tabs', 'images:\n\t- name: a\n', [/^inventory.yaml:2: not YAML: Tabs/]],
    ['what is no YAML', 'images: [\n{name: a', [/^inventory.yaml:2: not YAML: /]],
    [
      'aliases without an anchor',
      'images: *a\nx-a: &a []',
      ['inventory.yaml:1: *a stands for nothing: there is no &a before it'],
    ],
    [
      'merging what is no mapping',
      'images:\n- {<<: [a], name: a, tags: []}\n- {<<: 1, name: a, tags: []}',
      [
        'inventory.yaml:2: << merges a mapping or a list of them, nothing else',
        'inventory.yaml:3: << merges a mapping or a list of them, nothing else',
      ],
    ],
    [
      'a list that is reached twice, once',
      'a: {reexported_images: &l [x]}\nb: {reexported_images: *l}',
      ['inventory.yaml:1: an entry is a mapping with name and tags, not the text "x"'],
    ],
  ];
  for (const [what, text, expected] of bad) {
    test(`tells of ${what}`, () => {
      const problems = problemsOf(text);
      for (const [index, problem] of expected.entries()) {
        if (typeof problem === 'string') assert.equal(problems[index], problem);
        else assert.match(problems[index] ?? '', problem);
      }
      if (!expected.some((problem) => typeof problem !== 'string'))
        assert.equal(problems.length, expected.length, problems.join('\n'));
    });
  }
});

describe('an inventory and an image list are told apart by what is in them', () => {
  const cases: readonly [text: string, inventory: boolean][] = [
    [ANSIBLE, true],
    ['images:\n- name: nginx\n  tags: [v1]', true],
    ['images:\n- name: nginx\n  tags:\n  - v1', true],
    ['\uFEFF# c\n\nimages: []', true],
    ['{"images": []}', true],
    ['\n {\n"images": []}', true],
    ['[{"name": "a"}]', true],
    ['- name: a', true],
    ['%YAML 1.1\n---\nimages: []', true],
    ['"images":\n- a', true],
    ['images :\n  []', true],
    ['reexported_images:\r\n- name: a\r\n', true],
    ['', false],
    ['# only: comments\n', false],
    ['nginx:1', false],
    ['a:b', false],
    ['localhost:5000/x:v1', false],
    ['[::1]:5000/x:v1\n', false],
    ['nginx:1 # note: latest', false],
    ['nginx', false],
    ['nginx:\nbusybox:1', false],
    ['nginx: 1\nbusybox:1 # c', false],
    [`quay.io/a/b@${sha}`, false],
    ['docker://nginx:1', false],
    ['Nginx:1', false],
  ];
  for (const [text, inventory] of cases) {
    test(`${JSON.stringify(text.slice(0, 50))} is ${inventory ? 'an inventory' : 'a list'}`, () => {
      assert.equal(looksLikeInventory(text), inventory);
    });
  }
});
