import { hasControls } from './credentials.ts';
import { InvalidAuthFile } from './invalid-auth-file.ts';

/** Hashes by user. */
export type PasswordHashes = ReadonlyMap<string, string>;

/** More would let one login cost minutes. */
const MAX_COST = 16;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Reads a password file as Apache's `htpasswd -B` writes it: `user:bcrypt hash` on a line, `#` comments, blank lines. `file` is its name
 *  for messages. Throws {@link InvalidAuthFile}. https://httpd.apache.org/docs/2.4/programs/htpasswd.html */
export function parseHtpasswd(text: string, file: string): PasswordHashes {
  const hashes = new Map<string, string>();
  const problems: string[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    const [user, hash] = [entry.slice(0, Math.max(colon, 0)), entry.slice(colon + 1)];
    const wrong = colon < 0 ? 'not user:hash' : findWrong(user, hash, hashes);
    if (wrong === undefined) hashes.set(user, hash);
    else problems.push(`${file}:${index + 1}: ${wrong}`);
  }
  if (problems.length > 0) throw new InvalidAuthFile(problems);
  return hashes;
}

function findWrong(user: string, hash: string, before: PasswordHashes): string | undefined {
  if (user === '') return 'no user before the colon';
  if (hasControls(user)) return 'the user has control characters';
  const name = JSON.stringify(user.slice(0, 100));
  if (before.has(user)) return `${name} is here twice`;
  const [, cost] = BCRYPT.exec(hash) ?? [];
  if (cost === undefined) return `${name}: not a bcrypt hash, which is the only kind taken: htpasswd -B makes them`;
  if (Number(cost) < 4 || Number(cost) > MAX_COST)
    return `${name}: a cost of ${Number(cost)}: 4 to ${MAX_COST} is taken`;
  return undefined;
}
