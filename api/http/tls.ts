import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';

/** What a listener shows who connects, and asks of them; all PEM. */
export interface TlsIdentity {
  /** Ours first, then those that lead to an authority. */
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients. */
  readonly clientCa?: string;
  /** Whether a client need show a certificate, or may; of one that may, what it shows is checked all the same. */
  readonly clientAuth: 'none' | 'request' | 'require';
}

/** With forward secrecy and authenticated encryption alone; TLS 1.3 has no others. What is first goes first, as clients without hardware
 *  for AES are better off with ChaCha20 and say so. https://wiki.mozilla.org/Security/Server_Side_TLS (intermediate) */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The first byte of a handshake: https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const HANDSHAKE = 0x16;

export interface TlsHandlers {
  /** A connection that is secured now, and the one that it came by. */
  readonly onSecure: (secure: TLSSocket, raw: Socket) => void;
  /** A connection whose client speaks something else; nothing of it was read. */
  readonly onPlain: (raw: Socket) => void;
}

/** Secures connections. */
export class TlsLayer {
  readonly #handlers: TlsHandlers;
  readonly #handshakeTimeoutMs: number;
  /** By their addresses: Node does not tell which raw connection a secured one came by. */
  readonly #handshaking = new Map<string, Socket>();
  readonly #server: Server;

  /** Throws for a certificate or a key that is none. */
  constructor(identity: TlsIdentity, handshakeTimeoutMs: number, handlers: TlsHandlers) {
    this.#handlers = handlers;
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#server = this.#createServer(identity);
  }

  /** Takes a connection that was not read from. One whose client says nothing in time is closed. */
  accept(raw: Socket): void {
    const late = setTimeout(() => raw.destroy(), this.#handshakeTimeoutMs);
    raw.once('close', () => clearTimeout(late));
    raw.on('error', () => undefined); // Whose connection breaks now has asked for nothing yet.
    raw.once('readable', () => {
      clearTimeout(late);
      const first = raw.read() as Buffer | null;
      if (first === null) return; // It has ended.
      raw.unshift(first);
      if (first[0] === HANDSHAKE) this.#secure(raw);
      else this.#handlers.onPlain(raw);
    });
  }

  #secure(raw: Socket): void {
    const key = addressesOf(raw);
    this.#handshaking.set(key, raw);
    raw.once('close', () => {
      if (this.#handshaking.get(key) === raw) this.#handshaking.delete(key);
    });
    this.#server.emit('connection', raw);
  }

  /** It never listens: it is given its connections. */
  #createServer({ cert, key, clientCa, clientAuth }: TlsIdentity): Server {
    const server = createServer({
      cert,
      key,
      ...(clientCa !== undefined && { ca: clientCa }),
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'require',
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      honorCipherOrder: false,
      handshakeTimeout: this.#handshakeTimeoutMs,
      ALPNProtocols: ['http/1.1'],
    });
    server.on('secureConnection', (secure) => {
      const raw = this.#handshaking.get(addressesOf(secure));
      this.#handshaking.delete(addressesOf(secure));
      if (raw) this.#handlers.onSecure(secure, raw);
      else secure.destroy();
    });
    // Whoever it was is gone: there is nobody to tell.
    server.on('tlsClientError', (_err, socket) => socket.destroy());
    return server;
  }
}

const addressesOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ');
