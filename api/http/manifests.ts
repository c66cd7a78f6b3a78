import { isDigestReference, type Reference } from '../oci/reference.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { CacheUse, Registry } from '../registry.ts';
import type { Handler } from './adapter.ts';
import { contentHeaders, IMMUTABLE, REVALIDATE } from './caching.ts';
import { isNotModified } from './conditional.ts';
import { parseManifestCall } from './requests.ts';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
export function getManifest(registry: Registry): Handler<'getManifest'> {
  return async (call) => {
    const { repo, reference } = parseManifestCall(call);
    const { descriptor, bytes, cache } = await registry.getManifest(repo, reference);
    const common = describe(descriptor, reference, cache);
    if (isNotModified(call.headers, common.headers.ETag)) return { status: 304, ...common };
    return { status: 200, ...common, type: mediaTypeOf(descriptor), body: bytes };
  };
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry */
export function headManifest(registry: Registry): Handler<'headManifest'> {
  return async (call) => {
    const { repo, reference } = parseManifestCall(call);
    const descriptor = await registry.statManifest(repo, reference);
    const common = describe(descriptor, reference, descriptor.cache);
    if (isNotModified(call.headers, common.headers.ETag)) return { status: 304, ...common };
    return { status: 200, ...common, type: mediaTypeOf(descriptor), length: descriptor.size };
  };
}

const describe = ({ digest }: Descriptor, reference: Reference, use: CacheUse | undefined) =>
  contentHeaders(digest, isDigestReference(reference) ? IMMUTABLE : REVALIDATE, use);

/** As the manifest has it, whatever it is: a registry must not fail on types it does not know. */
const mediaTypeOf = ({ mediaType }: Descriptor) => mediaType as `application/${string}`;
