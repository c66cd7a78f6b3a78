import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HttpError } from '../http/http-error.ts';

/** Refuses what a web page may have made a browser on this machine send: for the name of a host that the page's own name server leads
 *  here (DNS rebinding), or from a page of another site. `bound` is the host that is listened on; undefined for a socket of the file
 *  system, which no browser reaches.
 *  https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin */
export function assertSameSite(req: IncomingMessage, bound: string | undefined): void {
  if (bound === undefined) return;
  const { host = '', origin } = req.headers;
  const url = `http://${host}`;
  const name = URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : '';
  if (!isOurs(name, bound, req.socket.localAddress)) {
    throw new HttpError('DENIED', `Host ${JSON.stringify(host.slice(0, 100))} is not where this listens`);
  }
  if (origin !== undefined && origin !== new URL(url).origin) {
    throw new HttpError('DENIED', 'this cannot be done from a page of another site');
  }
}

/** An address says no more than where the connection goes to anyway; of names only our own will do. */
function isOurs(name: string, bound: string, local = ''): boolean {
  if (name === 'localhost' || name === bound.toLowerCase()) return true;
  return isIP(name) !== 0 && (name === local.replace(/^::ffff:/, '') || /^(?:127\.|::1$)/.test(name));
}
