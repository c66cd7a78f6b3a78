import type { Dispatcher } from 'undici';
import { createAgent, createForwarder, type Timeouts, type TlsOptions } from './agent.ts';
import { ProxyRules, type Proxy, type ProxyOptions } from './proxy-rules.ts';
import { watch, type Traffic } from './traffic.ts';

/** How a request is sent: by which connections, and what it says for them. */
interface Route {
  readonly agent: Dispatcher;
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Who passes it on, and so may answer it. */
  readonly proxy?: Proxy;
}

interface RoutesOptions {
  readonly tls: TlsOptions;
  readonly timeouts: Timeouts;
  readonly proxy: ProxyOptions | undefined;
  readonly traffic?: Traffic | undefined;
}

/** The connections of an endpoint: to itself with its certificate, to those that it sends us to without, straight or
 *  through a proxy. */
export class Routes {
  readonly #home: string;
  readonly #options: RoutesOptions;
  readonly #rules: ProxyRules;
  readonly #agents = new Map<string, Dispatcher>();

  /** `home` is the endpoint. Throws for a certificate or key that is none, and for a proxy that is no URL. */
  constructor(home: URL, options: RoutesOptions) {
    this.#home = home.hostname;
    this.#options = options;
    try {
      this.#rules = new ProxyRules(options.proxy);
    } catch (cause) {
      throw new Error(`${home.origin}: proxy: ${(cause as Error).message}`, { cause });
    }
    try {
      this.to(home);
    } catch (cause) {
      const { reason, message } = cause as Error & { reason?: string };
      throw new Error(`${home.origin}: tls: ${reason ?? message}`, { cause });
    }
  }

  to(url: URL): Route {
    const proxy = this.#rules.proxyFor(url);
    const { origin, pathname, search, host } = url;
    if (!proxy || url.protocol === 'https:') {
      return { agent: this.#agentFor(url, proxy), origin, path: pathname + search, headers: {} };
    }
    const { authorization } = proxy;
    return {
      agent: this.#agent('forward', () => createForwarder(proxy, this.#options.timeouts)),
      origin: proxy.url.origin,
      path: `${origin}${pathname}${search}`,
      headers: { host, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
      proxy,
    };
  }

  /** Ends what is under way and frees every socket. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  #agentFor({ hostname }: URL, proxy: Proxy | undefined): Dispatcher {
    const { tls, timeouts } = this.#options;
    const isHome = hostname === this.#home;
    const { cert: _cert, key: _key, ...trust } = tls;
    const key = `${isHome ? 'home' : 'elsewhere'} ${proxy ? 'tunnel' : 'straight'}`;
    return this.#agent(key, () => createAgent(isHome ? tls : trust, timeouts, proxy));
  }

  #agent(key: string, create: () => Dispatcher): Dispatcher {
    const known = this.#agents.get(key);
    if (known) return known;
    const { traffic } = this.#options;
    const created = traffic ? watch(create(), traffic) : create();
    this.#agents.set(key, created);
    return created;
  }
}
