import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, type Client, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { tempFolder } from './run-folder.ts';

/** What a kubelet asks of containerd. */
export interface Cri extends AsyncDisposable {
  /** Gives the id that the engine has for the image. `auth` is what a kubelet has from a pull secret. */
  readonly pull: (image: string, auth?: CriAuth) => Promise<string>;
  readonly images: () => Promise<readonly CriImage[]>;
  /** Runs an image that was pulled, in a pod on the host's network, and gives how it ended. */
  readonly runPod: (image: string) => Promise<{ readonly exitCode: number; readonly log: string }>;
}

export interface CriAuth {
  readonly username: string;
  readonly password: string;
}

export interface CriImage {
  readonly id: string;
  readonly repo_tags: readonly string[];
  readonly repo_digests: readonly string[];
}

interface ContainerStatus {
  readonly status: { readonly state: number; readonly exit_code: number; readonly reason: string };
}

const EXITED = 2;
const proto = fileURLToPath(new URL('cri.proto', import.meta.url));

/** Speaks the container runtime interface over gRPC to the socket of a containerd. */
export function connectCri(socket: string): Cri {
  const definition = loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true });
  const services = (loadPackageDefinition(definition) as unknown as Services).runtime.v1;
  const connect = (Service: ServiceClientConstructor): Client =>
    new Service(`unix://${socket}`, credentials.createInsecure());
  const imageService = connect(services.ImageService);
  const runtimeService = connect(services.RuntimeService);

  const runPod = async (image: string) => {
    await using logs = await tempFolder('pod-logs');
    const linux = { security_context: { namespace_options: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' } } };
    const metadata = { name: 'pod', uid: String(process.pid), namespace: 'default', attempt: 0 };
    const sandbox_config = { metadata, log_directory: logs.path, linux };
    const pod = await call<object>(runtimeService, 'RunPodSandbox', { config: sandbox_config });
    try {
      const config = { metadata: { name: 'c', attempt: 0 }, image: { image }, log_path: 'c.log', linux };
      const container = await call<object>(runtimeService, 'CreateContainer', { ...pod, sandbox_config, config });
      await call(runtimeService, 'StartContainer', container);
      const until = Date.now() + 20_000;
      while (Date.now() < until) {
        await delay(100);
        const { status } = await call<ContainerStatus>(runtimeService, 'ContainerStatus', container);
        if (status.state !== EXITED) continue;
        return { exitCode: status.exit_code, log: await readFile(join(logs.path, 'c.log'), 'utf8') };
      }
      throw new Error(`${image}: its container is still running after 20 s`);
    } finally {
      await call(runtimeService, 'StopPodSandbox', pod);
      await call(runtimeService, 'RemovePodSandbox', pod);
    }
  };

  return {
    pull: async (image, auth) =>
      (await call<{ image_ref: string }>(imageService, 'PullImage', { image: { image }, ...(auth && { auth }) }))
        .image_ref,
    images: async () => (await call<{ images: CriImage[] }>(imageService, 'ListImages', {})).images,
    runPod,
    [Symbol.asyncDispose]: () => {
      imageService.close();
      runtimeService.close();
      return Promise.resolve();
    },
  };
}

interface Services {
  readonly runtime: { readonly v1: Readonly<Record<'ImageService' | 'RuntimeService', ServiceClientConstructor>> };
}

type UnaryCall = (
  request: object,
  options: { readonly deadline: number },
  done: (error: Error | null, answer: unknown) => void,
) => void;

async function call<Answer>(service: Client, method: string, request: object): Promise<Answer> {
  const unary = (service as unknown as Readonly<Record<string, UnaryCall>>)[method];
  return new Promise((resolve, reject) => {
    if (unary === undefined) throw new Error(`no such method: ${method}`);
    unary.call(service, request, { deadline: Date.now() + 60_000 }, (error, answer) => {
      if (error) reject(error);
      else resolve(answer as Answer);
    });
  });
}
