import { Option } from 'commander';
import type { CommandSpec } from './command.ts';
import * as settings from './settings.ts';

const json = new Option('--json', 'print one JSON document');

/** Every command of the program, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'serve',
    purpose: 'serve a folder of images to every client that can pull',
    settings: [settings.mounts, settings.host, settings.port, settings.sample],
    examples: [
      'ociregistry serve --images /srv/images',
      'ociregistry serve --host 0.0.0.0 --mount product-2.4=/media/iso',
    ],
    run: async (call) => (await import('./serve.ts')).serve(call),
  },
  {
    name: 'list',
    argument: [
      '[pattern...]',
      'globs over repository:tag; * stays within a component, ** does not; all tags without a ":"',
    ],
    purpose: 'list the images that a folder has',
    settings: [settings.mounts],
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
    settings: [settings.mounts],
    options: [json, new Option('--raw', "print the manifest's exact bytes").conflicts('json')],
    examples: ['ociregistry inspect library/alpine:3.19', 'ociregistry inspect --raw library/alpine | sha256sum'],
    run: async (call) => (await import('./inspect.ts')).inspect(call),
  },
];
