import { RegistryError, UpstreamError, type UpstreamErrorKind } from '../oci/errors.ts';
import { readBeginning } from './answer-body.ts';
import { harmless } from './foreign-text.ts';
import { parseRetryAfter } from './retry-after.ts';
import { discard, headerOf, type WireAnswer } from './transport.ts';

/** How much of an error's body is looked at, as oras does. */
const MAX_ERROR_BYTES = 8 * 1024;

/** What a 404 means, by what was asked for. */
export type UnknownCode = 'NAME_UNKNOWN' | 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN';

interface Asked {
  /** Who was asked what, for messages. */
  readonly subject: string;
  readonly unknown: UnknownCode;
  /** The registry's own origin: what another one says is no word of the registry's. */
  readonly home: URL;
}

/** The error that an answer stands for, whose body is read or let go. */
export async function answerError(
  answer: WireAnswer,
  { subject, unknown, home }: Asked,
  now: number,
): Promise<RegistryError | UpstreamError> {
  const { status, url } = answer;
  const isOwn = url.origin === home.origin;
  const { code, message } = isOwn ? await explanation(answer) : NOTHING;
  if (!isOwn) discard(answer);
  const where = isOwn ? subject : `${subject}: ${url.origin}`;
  const text = `${where}: ${status}${WORDS[status] ?? ''}${message === '' ? '' : `: ${message}`}`;

  if (status === 404) return new RegistryError(code === 'NAME_UNKNOWN' ? code : unknown, text);
  const retryAfterMs = parseRetryAfter(answer.headers, now);
  return new UpstreamError(isOwn ? kindOf(status) : kindElsewhere(status), text, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

const WORDS: Readonly<Record<number, string>> = {
  401: ' denied',
  403: ' denied',
  404: ' not found',
  429: ' too many requests',
};

const kindOf = (status: number): UpstreamErrorKind =>
  status === 401 || status === 403 ? 'denied' : kindElsewhere(status);

const kindElsewhere = (status: number): UpstreamErrorKind => (status === 429 ? 'rate-limited' : 'failed');

interface Explanation {
  readonly code?: string;
  readonly message: string;
}
const NOTHING: Explanation = { message: '' };

/** What the body says: the specification's envelope, or a line of plain text as Docker Hub has it for 429. */
async function explanation(answer: WireAnswer): Promise<Explanation> {
  const type = headerOf(answer, 'content-type') ?? '';
  if (
    !/^(?:application\/.*json|text\/(?:plain|html))/i.test(type) ||
    headerOf(answer, 'content-encoding') !== undefined
  ) {
    discard(answer);
    return NOTHING;
  }
  const text = (await readBeginning(answer.body, MAX_ERROR_BYTES)).toString('utf8');
  if (/json/i.test(type)) return parseEnvelope(text);
  return { message: harmless(/html/i.test(type) ? titleOf(text) : text) };
}

/** Proxies explain themselves in pages: nginx that no client certificate was sent. */
function titleOf(html: string): string {
  const title = /<title>([^<]{1,300})<\/title>/i.exec(html)?.[1] ?? '';
  // It begins with the status, which stands there already.
  return title.replace(/^\s*\d{3}\s*/, '');
}

/** The first error of an envelope, `{"errors":[{"code","message"}]}`, or what token services say instead. */
function parseEnvelope(text: string): Explanation {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return NOTHING;
  }
  const { errors, details, error_description: description } = fieldsOf(json);
  const { code, message } = fieldsOf(Array.isArray(errors) ? errors[0] : undefined);
  const said = [message, details, description, code].find((part) => typeof part === 'string' && part !== '') ?? '';
  return { ...(typeof code === 'string' && { code }), message: harmless(said as string) };
}

const fieldsOf = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
