import { isComponent, isHost, type Repository } from '../oci/repository.ts';

/** Names that an OCI layout uses for itself, so that a repository below it needs another on disk. */
const RESERVED = new Set(['blobs', 'index.json', 'oci-layout']);

/** A component of a repository's name as a directory's name: `blobs` is `blobs_`, and the host `quay.io:8443` is
 *  `quay.io_8443_`, as containerd writes it. No component ends with `_`, so nothing collides. */
export function escapeComponent(component: string): string {
  if (RESERVED.has(component)) return `${component}_`;
  return component.includes(':') ? component.replace(/:(\d+)$/, '_$1_') : component;
}

/** The component that a directory's name stands for; undefined when no client can ask for it. */
export function unescapeComponent(directory: string, isFirst: boolean): string | undefined {
  if (isComponent(directory)) return directory;
  const component = directory.replace(/^(.*)_(\d+)_$/, '$1:$2').replace(/_$/, '');
  if (RESERVED.has(component)) return component;
  return isFirst && component.includes(':') && isHost(component) ? component : undefined;
}

/** Where a repository may lie: as we would write it, and by its plain name, as a person may have made the folder. */
export function repositoryPaths({ host, name }: Repository): string[] {
  const components = [...(host === undefined ? [] : [host]), ...name.split('/')];
  const plain = components.join('/');
  const escaped = components.map(escapeComponent).join('/');
  return plain === escaped ? [plain] : [escaped, plain];
}
