/** A `hosts.toml` for containerd that sends it to a mirror; `server` is what comes after it, the mirror itself when nothing
 *  else is to be asked. */
export function hostsToml(mirror: string, server = mirror): string {
  return `server = "${server}"
[host."${mirror}"]
  capabilities = ["pull", "resolve"]
`;
}
