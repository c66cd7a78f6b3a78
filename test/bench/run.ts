import type { FilledSet, FilledSets } from './filled-sets.ts';
import { manifestPath } from './images.ts';
import { emptyValues, type Outcome } from './outcome.ts';
import type { Peer } from './peers/peer.ts';
import { requireSameBytes } from './same-bytes.ts';
import type { Scenario, Target } from './scenarios/scenario.ts';
import { Server } from './server.ts';
import { rotated } from './statistics.ts';

export interface RunOptions {
  readonly peers: readonly Peer[];
  readonly sets: FilledSets;
  /** A folder for what the servers write. */
  readonly temporary: string;
  readonly quick: boolean;
  /** Told what is being done. */
  readonly tell: (what: string) => void;
}

/** Measures all peers in turn, round after round. Throws when they do not serve the same, or one fails. */
export async function run(scenario: Scenario, { peers, sets, temporary, quick, tell }: RunOptions): Promise<Outcome> {
  tell(`${scenario.name}: images`);
  const set = sets.get(scenario.images);
  const target = scenario.target(set.images);
  const start = (peer: Peer): Promise<Server> => startServer(peer, set, target, temporary);
  const rounds = scenario.rounds[quick ? 'quick' : 'full'];
  const values = emptyValues(scenario.measures, peers);

  tell(`${scenario.name}: do all serve the same`);
  await using kept = new AsyncDisposableStack();
  const servers = new Map<Peer, Server>();
  for (const peer of peers) {
    const server = kept.use(await start(peer));
    await requireSameBytes(server, target.path, target.bytes);
    if (scenario.fresh) await server[Symbol.asyncDispose]();
    else servers.set(peer, server);
  }
  // A program is slow at first, ours until its code is compiled.
  for (const server of servers.values()) await scenario.measure(server, target, quick);

  for (let round = 0; round < rounds; round++) {
    tell(`${scenario.name}: round ${round + 1} of ${rounds}`);
    for (const peer of rotated(peers, round)) {
      const server = servers.get(peer) ?? (await start(peer));
      const measured = await scenario.measure(server, target, quick);
      for (const [measure, value] of Object.entries(measured)) values[peer.name]![measure]!.push(value);
      server.forgetLogs();
      if (scenario.fresh) await server[Symbol.asyncDispose]();
    }
  }
  return { name: scenario.name, title: scenario.title, measures: scenario.measures, rounds, values };
}

const startServer = (peer: Peer, set: FilledSet, { image }: Target, temporary: string): Promise<Server> =>
  Server.start(peer, set.folderOf(peer), temporary, manifestPath(image, image.tags[0]!));
