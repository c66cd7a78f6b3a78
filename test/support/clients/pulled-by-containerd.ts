import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Containerd } from './containerd.ts';
import { sha256OfFile } from './stored.ts';

/** Pulls by a folder of `hosts.toml` and gives the digest that containerd has for the name. */
export async function pullByHosts({ ctr }: Containerd, hosts: string, name: string): Promise<string | undefined> {
  await ctr('images', 'pull', '--hosts-dir', hosts, '--snapshotter', 'native', name);
  const { stdout } = await ctr('images', 'ls', `name==${name}`);
  return /sha256:[0-9a-f]{64}/.exec(stdout.replaceAll(name, ''))?.[0];
}

/** Hashes everything that containerd has stored; gives the digests, sorted. */
export async function verifiedContent({ contentFolder }: Containerd): Promise<string[]> {
  const digests = (await readdir(contentFolder)).map((hex) => `sha256:${hex}`).sort();
  for (const digest of digests) {
    assert.equal(await sha256OfFile(join(contentFolder, digest.slice('sha256:'.length))), digest);
  }
  return digests;
}

/** Runs an image that was pulled and gives what it printed. */
export async function runByCtr({ ctr }: Containerd, name: string): Promise<string> {
  const container = name.replaceAll(/\W/g, '-');
  return (await ctr('run', '--rm', '--snapshotter', 'native', name, container)).stdout.trim();
}
