import { formatPlatform } from '../api/oci/descriptor.ts';
import type { Call } from './command.ts';
import { compose } from './compose.ts';
import { formatSize } from './format.ts';
import { formatImage } from '../api/oci/reference.ts';
import { parseImageReference } from './image-reference.ts';
import { inspectManifest, type Inspection, type Part } from './inspection.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

/** Prints what an image is made of. */
export async function inspect({ config, log, args, options, print }: Call): Promise<void> {
  const image = parseImageReference(args[0] ?? '');
  await using composed = await compose(config, log);
  const manifest = await composed.registry.getManifest(image.repo, image.reference);
  if (options['raw'] === true) {
    print(manifest.bytes);
    return;
  }
  const path = await composed.locate(image.repo, manifest.descriptor.digest);
  const inspection = await inspectManifest(composed.registry, image, manifest, path);
  if (options['json'] === true) print(`${JSON.stringify(inspection, undefined, 2)}\n`);
  else print(formatInspection(formatImage(image), inspection));
}

function formatInspection(name: string, it: Inspection): string {
  const facts = [
    ['Name:', name],
    ['Digest:', it.digest],
    ['Kind:', it.kind],
    ['Media type:', it.mediaType],
    ['Artifact type:', it.artifactType],
    ['Platforms:', it.platforms.join(', ')],
    ['Manifest:', formatSize(it.manifestSize)],
    ['Content:', it.kind === 'index' ? null : formatSize(it.contentSize)],
    ['Path:', it.path],
    ...configFacts(it.config),
  ].flatMap(([label, text]) => (label && text ? [[label, printable(text)]] : []));
  return [
    formatTable(facts),
    section('Manifests', it.manifests.map(manifestRow)),
    section('Layers', it.layers.map(layerRow)),
    section(
      'Referrers',
      it.referrers.map(({ digest, artifactType, mediaType }) => [digest, printable(artifactType ?? mediaType)]),
    ),
  ].join('');
}

const section = (heading: string, rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : `\n${heading}:\n${formatTable(rows.map((row) => ['', ...row]))}`;

const manifestRow = ({ digest, platform, present, mediaType }: Part): string[] => [
  digest,
  printable(platform ? formatPlatform(platform) : '-'),
  printable(mediaType),
  present ? '' : 'not here',
];

const layerRow = ({ digest, size, present, mediaType }: Part): string[] => [
  digest,
  formatSize(size),
  printable(mediaType),
  present ? '' : 'not here',
];

/** What of an image's configuration people look for. */
function configFacts(config: unknown): [string, string | null][] {
  if (typeof config !== 'object' || config === null) return [];
  const { created, config: run } = config as { created?: unknown; config?: Record<string, unknown> | null };
  const words = (value: unknown) => (Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : null);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return [
    ['Created:', text(created)],
    ['User:', text(run?.['User'])],
    ['Working dir:', text(run?.['WorkingDir'])],
    ['Entrypoint:', words(run?.['Entrypoint'])],
    ['Command:', words(run?.['Cmd'])],
    ['Environment:', words(run?.['Env'])],
    ['Ports:', Object.keys(run?.['ExposedPorts'] ?? {}).join(', ')],
    ['Labels:', labels(run?.['Labels'])],
  ];
}

function labels(value: unknown): string | null {
  return typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map((pair) => pair.join('='))
        .join(', ')
    : null;
}
