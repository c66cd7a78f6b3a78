import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The states of TCP in which nobody is connected: TIME_WAIT, CLOSE, LISTEN. */
const UNCONNECTED = new Set(['06', '07', '0A']);

/** The sockets of a process that it has not accepted at `port`, as the kernel lists them: `tcp 0100007F:8B2A 0100007F:01BB`. What it
 *  listens on itself is none. */
export function outgoingSockets(pid: number, port: number): string[] {
  const inodes = socketsOf(pid);
  const found: string[] = [];
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const file = `/proc/${pid}/net/${protocol}`;
    const table = existsSync(file) ? readFileSync(file, 'utf8') : '';
    for (const line of table.split('\n').slice(1)) {
      const [, local = '', other = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
      if (!inodes.has(inode)) continue;
      const isOurs = protocol.startsWith('tcp') && (UNCONNECTED.has(state) || portOf(local) === port);
      if (!isOurs) found.push(`${protocol} ${local} ${other}`);
    }
  }
  return found;
}

const portOf = (address: string): number => parseInt(address.slice(address.indexOf(':') + 1), 16);

function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // It was closed meanwhile.
    return '';
  }
}
