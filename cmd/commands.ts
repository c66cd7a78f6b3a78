import { Option } from 'commander';
import type { CommandGroup, CommandSpec } from './command.ts';
import * as settings from './settings.ts';

const json = new Option('--json', 'print one JSON document');

/** Every command of the program, in the order of the help. */
export const commands: readonly (CommandSpec | CommandGroup)[] = [
  {
    name: 'serve',
    purpose: 'serve a folder of images to every client that can pull',
    settings: settings.serveSettings,
    examples: [
      'ociregistry serve --upstream docker.io --upstream quay.io --default-upstream docker.io',
      'ociregistry serve --host 0.0.0.0 --mount product-2.4=/media/iso',
    ],
    run: async (call) => (await import('./serve.ts')).serve(call),
  },
  {
    name: 'load',
    argument: [
      '<source...>',
      'an archive (- for standard input), an OCI layout, a skopeo dir, an unpacked docker save, a list or an inventory of images, ' +
        'or a reference like docker.io/library/alpine:3.19',
    ],
    purpose: 'bring images into the folder, from files and from other registries',
    settings: [settings.upstreams, ...settings.unpackSettings],
    options: [
      new Option('--as <name[:tag]>', 'the name to give; alone it keeps the tags inside'),
      new Option('--prefix <path>', 'put path/ before every name'),
      new Option(
        '--platform <platform>',
        'only these children of an index, as os/architecture[/variant]; again for more (default: all)',
      ).argParser((value, before?: readonly string[]) => [...(before ?? []), value]),
      new Option('--refresh', 'look up again what tags in lists and inventories lead to'),
      new Option('--prune-tags', 'remove tags that an inventory no longer names, in the repositories it manages'),
      new Option('--concurrency <n>', 'how many images, and how many blobs, side by side').default('4'),
      new Option('--continue', 'go on after an image that failed'),
      new Option('--dry-run', 'only print what would be fetched'),
      new Option('--quiet', 'no progress'),
      new Option('--plain-http', 'talk http with registries'),
      new Option('--insecure', 'take any certificate of a registry'),
      new Option('--ca <file>', 'certificates to trust, PEM'),
      new Option('--docker-config <file>', 'credentials (default: $REGISTRY_AUTH_FILE, then ~/.docker/config.json)'),
    ],
    examples: [
      'ociregistry load bundle.tar.gz docker.io/library/alpine:3.19',
      'ociregistry load --platform linux/amd64 --prune-tags inventory.yaml',
    ],
    run: async (call) => (await import('./load.ts')).load(call),
  },
  {
    name: 'list',
    argument: [
      '[pattern...]',
      'globs over repository:tag; * stays within a component, ** does not; all tags without a ":"',
    ],
    purpose: 'list the images that a folder has',
    settings: [settings.mounts, ...settings.unpackSettings],
    options: [
      new Option('--digests', 'show digests whole'),
      new Option('--header <boolean>', 'print the line of headings').choices(['true', 'false']).default('true'),
      new Option('--problems', 'list what is skipped, and why, instead of the images'),
      json,
    ],
    examples: ["ociregistry list 'library/**:3.*'", 'ociregistry list --images /srv/images --problems'],
    run: async (call) => (await import('./list.ts')).list(call),
  },
  {
    name: 'inspect',
    argument: ['<ref>', 'repository[:tag] or repository@digest; the tag is latest if there is none'],
    purpose: 'show what an image is made of, and where it lies',
    settings: [settings.mounts, ...settings.unpackSettings],
    options: [json, new Option('--raw', "print the manifest's exact bytes").conflicts('json')],
    examples: ['ociregistry inspect library/alpine:3.19', 'ociregistry inspect --raw library/alpine | sha256sum'],
    run: async (call) => (await import('./inspect.ts')).inspect(call),
  },
  {
    name: 'verify',
    argument: ['[pattern...]', 'images as list takes them; all, and every blob that was written here, without one'],
    purpose: 'hash images again, and find what is damaged or missing',
    settings: [settings.mounts, ...settings.unpackSettings],
    options: [
      new Option('--quarantine', 'move what is bad out of the way, into _quarantine/ of the images folder'),
      new Option('--quiet', 'no progress'),
      json,
    ],
    examples: ['ociregistry verify', "ociregistry verify --quarantine 'docker.io/**'"],
    run: async (call) => (await import('./verify.ts')).verify(call),
  },
  {
    name: 'prune',
    purpose: 'remove images that were fetched or loaded, and what nothing needs any more',
    settings: [settings.mounts],
    options: [
      new Option('--pattern <glob>', 'only images that match, as list takes it; again for more').argParser(
        (value, before?: readonly string[]) => [...(before ?? []), value],
      ),
      new Option('--older-than <duration>', 'fetched or loaded so long ago, like 30d'),
      new Option('--unused-for <duration>', 'not pulled for so long; with the two above, all that is given must hold'),
      new Option('--keep <n>', 'spare the newest n tags of each repository; alone: remove the others'),
      new Option('--max-bytes <size>', 'remove what is unused the longest until the rest takes no more, like 50GiB'),
      new Option('--unreferenced', 'also remove what lost its tag to a newer image, and blobs that no image has'),
      new Option('--dry-run', 'only print what would go, and why'),
      json,
    ],
    examples: [
      'ociregistry prune --unused-for 30d --keep 3 --unreferenced',
      "ociregistry prune --pattern 'docker.io/**' --max-bytes 50GiB --dry-run",
    ],
    run: async (call) => (await import('./prune.ts')).prune(call),
  },
  {
    name: 'export',
    purpose: 'write images into a file that other tools read',
    examples: [
      'ociregistry export oci-archive alpine:3.19 -o alpine.tar',
      'ociregistry export oci-archive alpine:3.19 | docker load',
    ],
    commands: [
      {
        name: 'oci-archive',
        argument: ['<ref...>', 'repository[:tag] or repository@digest; the tag is latest if there is none'],
        purpose: 'write images into one archive, for docker, containerd, podman, skopeo and crane',
        settings: [settings.mounts, ...settings.unpackSettings],
        options: [
          new Option('-o, --out <file>', 'the archive, or - for standard output (default: - unless it is a terminal)'),
          new Option(
            '--platform <platform>',
            'the image of an index that docker load takes, as os/architecture[/variant]; the others are in the archive too ' +
              '(default: linux/amd64, or the first that is here)',
          ),
        ],
        examples: [
          'ociregistry export oci-archive library/alpine:3.19 team/app:v1 -o bundle.tar',
          'ociregistry export oci-archive --platform linux/arm64 alpine | ssh pi docker load',
        ],
        run: async (call) => (await import('./export-oci-archive.ts')).exportOciArchive(call),
      },
    ],
  },
  {
    name: 'config',
    purpose: 'check, show and describe the configuration',
    examples: ['ociregistry config check --config /etc/ociregistry.yaml', 'ociregistry config show --port 5001'],
    commands: [
      {
        name: 'check',
        purpose: 'find what is wrong with the configuration, and with the files that it names',
        settings: settings.serveSettings,
        examples: [
          'ociregistry config check --config /etc/ociregistry.yaml',
          'ociregistry config check --upstream quay.io --default-upstream quay.io',
        ],
        run: async (call) => (await import('./config/check.ts')).configCheck(call),
      },
      {
        name: 'show',
        purpose: 'print what is in force, from flags, environment, file and defaults',
        settings: settings.serveSettings,
        examples: [
          'ociregistry config show --config /etc/ociregistry.yaml',
          'ociregistry config show --upstream docker.io > ociregistry-config.yaml',
        ],
        run: async (call) => (await import('./config/show.ts')).configShow(call),
      },
      {
        name: 'schema',
        purpose: 'print the JSON Schema of the configuration file, for editors',
        settings: [],
        examples: [
          'ociregistry config schema > ociregistry.schema.json',
          "ociregistry config schema | jq '.properties | keys'",
        ],
        run: async ({ print }) =>
          print(`${JSON.stringify((await import('./config/schema.ts')).configSchema, null, 2)}\n`),
      },
    ],
  },
];
