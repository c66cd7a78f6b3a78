import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../clients/command.ts';
import { tool } from '../clients/requires.ts';

/** A certificate and its key, as files and as text. */
export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority in a folder, made with `openssl`. */
export class Authority {
  readonly pair: Pair;
  readonly #folder: string;

  static async create(folder: string, name = 'ca'): Promise<Authority> {
    const pair = await make(folder, name, ['-addext', 'basicConstraints=critical,CA:TRUE']);
    return new Authority(folder, pair);
  }

  private constructor(folder: string, pair: Pair) {
    this.#folder = folder;
    this.pair = pair;
  }

  /** What those who trust it are given. */
  get ca(): string {
    return this.pair.cert;
  }

  /** For a server on 127.0.0.1, also by the name `localhost`; `names` instead: `DNS:other`. */
  server(name: string, names = 'IP:127.0.0.1,DNS:localhost'): Promise<Pair> {
    return this.#sign(name, ['-addext', `subjectAltName=${names}`, '-addext', 'extendedKeyUsage=serverAuth']);
  }

  client(name: string): Promise<Pair> {
    return this.#sign(name, ['-addext', 'extendedKeyUsage=clientAuth']);
  }

  /** As {@link server}, and its time was up yesterday. */
  async expired(name: string): Promise<Pair> {
    const { certFile, keyFile } = this.pair;
    const files = filesOf(this.#folder, name);
    const request = join(this.#folder, `${name}.csr`);
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    await run(tool('openssl'), ['req', '-new', ...EC_KEY, ...subject, '-keyout', files.keyFile, '-out', request]);
    const signer = ['-CA', certFile, '-CAkey', keyFile, '-copy_extensions', 'copy', '-set_serial', '7'];
    await run(tool('openssl'), ['x509', '-req', '-in', request, ...signer, '-days', '-1', '-out', files.certFile]);
    return readPair(files);
  }

  /** An authority that this one vouches for. */
  async intermediate(name: string): Promise<Authority> {
    const { certFile, keyFile } = this.pair;
    const signer = ['-CA', certFile, '-CAkey', keyFile, '-addext', 'basicConstraints=critical,CA:TRUE'];
    return new Authority(this.#folder, await make(this.#folder, name, signer));
  }

  #sign(name: string, more: readonly string[]): Promise<Pair> {
    const { certFile, keyFile } = this.pair;
    const signer = ['-CA', certFile, '-CAkey', keyFile, '-addext', 'basicConstraints=critical,CA:FALSE'];
    return make(this.#folder, name, [...signer, ...more]);
  }
}

async function make(folder: string, name: string, more: readonly string[]): Promise<Pair> {
  const files = filesOf(folder, name);
  const out = ['-keyout', files.keyFile, '-out', files.certFile];
  await run(tool('openssl'), ['req', '-x509', ...EC_KEY, '-days', '2', '-subj', `/CN=${name}`, ...out, ...more]);
  return readPair(files);
}

type Files = Pick<Pair, 'certFile' | 'keyFile'>;

const filesOf = (folder: string, name: string): Files => ({
  certFile: join(folder, `${name}.pem`),
  keyFile: join(folder, `${name}-key.pem`),
});

async function readPair({ certFile, keyFile }: Files): Promise<Pair> {
  const [cert, key] = await Promise.all([certFile, keyFile].map((file) => readFile(file, 'utf8')));
  return { certFile, keyFile, cert: cert!, key: key! };
}
