import { UpstreamError } from '../oci/errors.ts';
import { connectionError } from './connection-error.ts';
import { parseLength } from './content-range.ts';
import { discard, headerOf, type ResponseBody, type WireAnswer, type WireRequest } from './transport.ts';

/** A whole body, which must be small. Throws UpstreamError: `invalid` when it is longer than `maxBytes`. */
export async function readWhole(
  answer: WireAnswer,
  maxBytes: number,
  { subject, signal }: Pick<WireRequest, 'subject' | 'signal'>,
): Promise<Buffer> {
  const tooLong = new UpstreamError('invalid', `${subject}: an answer of more than ${maxBytes} bytes`);
  if ((parseLength(headerOf(answer, 'content-length')) ?? 0) > maxBytes) {
    discard(answer);
    throw tooLong;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop destroys the body.
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLong;
      chunks.push(chunk);
    }
  } catch (err) {
    signal.throwIfAborted();
    if (err === tooLong) throw tooLong;
    throw connectionError(err, answer.url, subject);
  }
  return Buffer.concat(chunks, size);
}

/** The beginning of a body, of which no more is needed; less of it when it cannot be read. */
export async function readBeginning(body: ResponseBody, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // It would only have explained an error.
  }
  return Buffer.concat(chunks, size).subarray(0, maxBytes);
}
