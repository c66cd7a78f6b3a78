/** A part of `registries.conf`: names of a host are pulled from a mirror, and what that does not give from `location`, which
 *  is a closed port unless something else is to be asked. */
export function mirroredRegistry(host: string, mirror: string, location = '127.0.0.1:1'): string {
  return `[[registry]]
prefix = "${host}"
location = "${location}"
insecure = true
[[registry.mirror]]
location = "${mirror}"
insecure = true
`;
}
