import type { Digest } from '../api/oci/digest.ts';
import type { Repository } from '../api/oci/repository.ts';
import type { Registry } from '../api/registry.ts';

/** A small blob, whole. Throws when it is larger than `maxBytes`. */
export async function readBlob(
  registry: Registry,
  repo: Repository,
  digest: Digest,
  maxBytes: number,
): Promise<Buffer> {
  const { descriptor, body } = await registry.openBlob(repo, digest);
  try {
    if (descriptor.size > maxBytes) {
      throw new Error(`blob ${digest}: ${descriptor.size} bytes, at most ${maxBytes} are read`);
    }
    const chunks: Buffer[] = [];
    // Copied: a chunk's memory is used again.
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } finally {
    await body.return();
  }
}
