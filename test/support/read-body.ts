import type { Body } from '../../api/registry.ts';

/** All that a body gives. */
export async function readBody(body: Body): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
  } finally {
    await body.return();
  }
  return Buffer.concat(chunks);
}
