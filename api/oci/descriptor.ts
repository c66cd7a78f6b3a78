import type { Digest } from './digest.ts';

/** What a thing is, which bytes it is made of, and how many.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** `linux/arm64/v8`, as people write it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** The platforms of an index's children; attestations stand there as `unknown/unknown`. */
export const childPlatforms = (children: readonly Descriptor[]): string[] =>
  children.flatMap(({ platform }) => (platform && platform.os !== 'unknown' ? [formatPlatform(platform)] : []));

/** The platform that an image's config names; undefined when it names none. */
export function configPlatform({ os, architecture, variant }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '') return undefined;
  return formatPlatform({ os, architecture, ...(typeof variant === 'string' && { variant }) });
}
