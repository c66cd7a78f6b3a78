// Generated from ociregistry.yaml by cmd/generate.ts. Do not edit: run `npm run generate`.

export interface paths {
    "/v2/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is this a registry?
         * @description 200 says that the distribution specification is spoken here, and that the caller may go on. Docker, podman and
         *     crane ask this first, and learn from a 401 how to log in. A host in the query is ignored here.
         */
        get: operations["getBase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Is this a registry? (without the body) */
        head: operations["headBase"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/manifests/{reference}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
                reference: components["parameters"]["reference"];
            };
            cookie?: never;
        };
        /**
         * Pull a manifest
         * @description The stored bytes, exactly, with the media type they were stored with, whatever `Accept` says: a manifest is never
         *     converted, and no platform is picked from an index. By tag, digest, type and bytes are of one moment.
         */
        get: operations["getManifest"];
        /** Push a manifest (refused) */
        put: operations["putManifest"];
        post?: never;
        /** Delete a manifest or a tag (refused) */
        delete: operations["deleteManifest"];
        options?: never;
        /**
         * Look up a manifest
         * @description Digest, media type and size, without the bytes. Docker and containerd turn a tag into a digest so; against
         *     Docker Hub a HEAD does not count as a pull.
         */
        head: operations["headManifest"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/blobs/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        /**
         * Pull a blob
         * @description A layer, a config, or any other bytes that a manifest of this repository names. One range of bytes may be asked
         *     for, which is how clients go on after a broken download. Several ranges, another unit, or what is no range at
         *     all, are answered with the whole blob; so is every range of an empty blob.
         */
        get: operations["getBlob"];
        put?: never;
        post?: never;
        /** Delete a blob (refused) */
        delete: operations["deleteBlob"];
        options?: never;
        /**
         * Look up a blob
         * @description Its size, without the bytes. A `Range` is ignored.
         */
        head: operations["headBlob"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/blobs/uploads/": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start an upload, or mount a blob (refused) */
        post: operations["startUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/blobs/uploads/{uuid}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        /** State of an upload (there is never one) */
        get: operations["getUpload"];
        /** Finish an upload (refused) */
        put: operations["putUpload"];
        post?: never;
        /** Cancel an upload (refused) */
        delete: operations["deleteUpload"];
        options?: never;
        /** State of an upload (there is never one) */
        head: operations["headUpload"];
        /** Upload a chunk (refused) */
        patch: operations["patchUpload"];
        trace?: never;
    };
    "/v2/{name}/tags/list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        /**
         * List the tags of a repository
         * @description By code point: `A` before `_` before `a`. Without `n` all of them, up to 10 000. Follow `Link` for the rest.
         */
        get: operations["listTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** List the tags of a repository (without the body) */
        head: operations["headTags"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/referrers/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        /**
         * List what refers to a manifest
         * @description Signatures, SBOMs, attestations: every manifest here whose `subject` is this digest, as an index. Never 404 for
         *     want of any: the list is empty then, and it is empty for a repository that is not here.
         */
        get: operations["listReferrers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** List what refers to a manifest (without the body) */
        head: operations["headReferrers"];
        patch?: never;
        trace?: never;
    };
    "/v2/_catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the repositories
         * @description The full names of what is here, by code point; an upstream is not asked. It is no longer part of the
         *     specification, but `crane catalog`, `oras repo ls` and many scripts use it. It can be switched off (404).
         */
        get: operations["listRepositories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** List the repositories (without the body) */
        head: operations["headRepositories"];
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Does the process run?
         * @description 200 while it does. Whoever restarts what hangs asks this.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can images be served?
         * @description Whoever sends clients here asks this. It says no while the server starts and while it stops.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics, for Prometheus
         * @description The text format of Prometheus, or OpenMetrics where `Accept` wants that.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the configuration again
         * @description Configuration, certificates and password files, as SIGHUP does. All of it is checked before any of it counts: when something
         *     is wrong, 422 says what, and everything stays as it was. What has changed and needs a restart is in the log.
         */
        post: operations["reload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the images
         * @description As `ociregistry list --json` does, of all folders that are served.
         */
        get: operations["listImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove images
         * @description As `ociregistry prune --json` does. Unless `dryRun` is false, it only tells what would go. One at a time: 409 while another
         *     one runs.
         */
        post: operations["prune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/fills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is being fetched
         * @description The blobs that come in from upstreams just now.
         */
        get: operations["listFills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the upstreams do
         * @description Each endpoint with its breaker, its last answer, and what it said that it will still answer.
         */
        get: operations["listUpstreams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        RepositoryName: string;
        /**
         * @description https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
         * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
         */
        Digest: string;
        /**
         * @description Of the specification's codes, those that a registry for pulling has a use for; and UNKNOWN and UNAVAILABLE, with a status of 500 and above only.
         *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
         * @enum {string}
         */
        ErrorCode: "BLOB_UNKNOWN" | "BLOB_UPLOAD_UNKNOWN" | "DENIED" | "DIGEST_INVALID" | "MANIFEST_UNKNOWN" | "NAME_INVALID" | "NAME_UNKNOWN" | "UNAUTHORIZED" | "UNSUPPORTED" | "UNKNOWN" | "UNAVAILABLE";
        Errors: {
            errors: {
                code: components["schemas"]["ErrorCode"];
                /** @description For people. */
                message: string;
                /** @description Any JSON: what the message is about. */
                detail?: unknown;
            }[];
        };
        /** @description https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
        Descriptor: {
            mediaType: string;
            digest: components["schemas"]["Digest"];
            /** @description In bytes. */
            size: number;
            artifactType?: string;
            platform?: {
                /** @example linux */
                os: string;
                /** @example arm64 */
                architecture: string;
                /** @example v8 */
                variant?: string;
            };
            annotations?: {
                [key: string]: string;
            };
        };
        /** @description One image or artifact: a config and layers. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md */
        Manifest: {
            /** @constant */
            schemaVersion: 2;
            mediaType?: string;
            artifactType?: string;
            config: components["schemas"]["Descriptor"];
            layers: components["schemas"]["Descriptor"][];
            subject?: components["schemas"]["Descriptor"];
            annotations?: {
                [key: string]: string;
            };
        };
        /** @description Manifests, mostly one for each platform. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
        Index: {
            /** @constant */
            schemaVersion: 2;
            mediaType?: string;
            artifactType?: string;
            manifests: components["schemas"]["Descriptor"][];
            subject?: components["schemas"]["Descriptor"];
            annotations?: {
                [key: string]: string;
            };
        };
        ReferrerList: {
            /** @constant */
            schemaVersion: 2;
            /** @constant */
            mediaType: "application/vnd.oci.image.index.v1+json";
            manifests: components["schemas"]["Descriptor"][];
        };
        /**
         * @example {
         *       "name": "sample/hello",
         *       "tags": [
         *         "latest"
         *       ]
         *     }
         */
        TagList: {
            /** @description As it was asked for, with the host that began the path, if it has a port. */
            name: string;
            tags: string[];
        };
        /**
         * @example {
         *       "repositories": [
         *         "sample/hello"
         *       ]
         *     }
         */
        RepositoryList: {
            repositories: string[];
        };
        Liveness: {
            /** @constant */
            alive: true;
        };
        /**
         * @example {
         *       "ready": false,
         *       "reasons": [
         *         {
         *           "code": "FIRST_INDEX_RUNNING",
         *           "message": "archives are looked into for the first time"
         *         }
         *       ]
         *     }
         */
        Readiness: {
            ready: boolean;
            /** @description Why not; empty when it is ready. */
            reasons: {
                /** @enum {string} */
                code: "FOLDER_UNREADABLE" | "DISK_FULL" | "FIRST_INDEX_RUNNING" | "STOPPING";
                /** @description For people. */
                message: string;
            }[];
        };
        /**
         * @example {
         *       "changed": [
         *         "auth.rules"
         *       ],
         *       "message": "what changed is in force"
         *     }
         */
        Reloaded: {
            /** @description The keys of the configuration, and the files, that say something else now. */
            changed: string[];
            /** @description For people. */
            message: string;
        };
        Problem: {
            path: string;
            reason: string;
        };
        ImageList: {
            images: {
                repository: string;
                tag: string;
                digest: components["schemas"]["Digest"];
                mediaType: string;
                /** @enum {string} */
                kind: "image" | "index" | "artifact";
                platforms: string[];
                /** @description In bytes. */
                size: number;
                /** Format: date-time */
                created: string | null;
                /** @description Where it was fetched or loaded from. */
                source: string | null;
                /** @description Where it lies. */
                path: string;
            }[];
            problems: components["schemas"]["Problem"][];
        };
        /**
         * @description All that is given must hold; at least one criterion must be given.
         * @example {
         *       "unusedFor": "30d",
         *       "keep": 3,
         *       "unreferenced": true
         *     }
         */
        PruneRequest: {
            /** @description Globs over `repository:tag`, any of which must match. */
            pattern?: string[];
            /** @description Fetched or loaded so long ago, like `30d`. */
            olderThan?: string;
            /** @description Not pulled for so long, like `30d`. */
            unusedFor?: string;
            /** @description Spares the newest tags of each repository, so many; alone, removes the others. */
            keep?: number;
            /** @description Removes what is unused the longest until the rest takes no more, like `50GiB`. */
            maxBytes?: string;
            /** @description Also what lost its tag to a newer image, and blobs that no image has. */
            unreferenced?: boolean;
            /**
             * @description Only tells what would go.
             * @default true
             */
            dryRun: boolean;
        };
        Pruned: {
            dryRun: boolean;
            images: {
                repository: string;
                tag: string | null;
                digest: components["schemas"]["Digest"];
                /** @description In bytes. */
                size: number;
                reasons: string[];
                /** Format: date-time */
                fetched: string | null;
                /** Format: date-time */
                lastUsed: string | null;
            }[];
            files: {
                path: string;
                digest: string | null;
                /** @description In bytes. */
                size: number;
                reason: string;
            }[];
            freedBytes: number;
            /** @description What is left of all blobs that were fetched or loaded. */
            heldBytes: number;
            /** @description Why something stayed that might have gone. */
            problems: string[];
        };
        FillList: {
            fills: {
                digest: components["schemas"]["Digest"];
                /** @description Those that get it. */
                repositories: string[];
                /** @description Bytes so far. */
                received: number;
                /** @description In bytes. */
                size: number;
                /** @description How many read it while it comes. */
                readers: number;
            }[];
        };
        UpstreamList: {
            upstreams: {
                host: string;
                endpoints: components["schemas"]["UpstreamEndpoint"][];
            }[];
        };
        UpstreamEndpoint: {
            origin: string;
            /**
             * @description `open` while it is left alone, as it failed too often; `probing` while one request tries it.
             * @enum {string}
             */
            breaker: "closed" | "open" | "probing";
            /** @description After how long it is tried again. */
            opensAgainMs?: number;
            /** @description For how long it wants to be left alone. */
            pausedMs: number;
            /** @description Of its last answer. */
            lastStatus?: number;
            /** @description What it said last that it will still answer. */
            rateLimit?: {
                limit?: number;
                remaining: number;
                windowSeconds?: number;
                resetSeconds?: number;
                /** @description Whom it counts. */
                source?: string;
            };
        };
    };
    responses: {
        /** @description It is, and the caller may go on. */
        Base: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                [name: string]: unknown;
            };
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        /** @description The manifest. Its media type is its own, without parameters; an unknown one is served as it is. */
        Manifest: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Docker-Content-Digest": components["headers"]["ContentDigest"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                [name: string]: unknown;
            };
            content: {
                "application/vnd.oci.image.index.v1+json": components["schemas"]["Index"];
                "application/vnd.oci.image.manifest.v1+json": components["schemas"]["Manifest"];
                "application/vnd.docker.distribution.manifest.list.v2+json": components["schemas"]["Index"];
                "application/vnd.docker.distribution.manifest.v2+json": components["schemas"]["Manifest"];
                "application/*": Record<string, never>;
            };
        };
        /** @description The blob. What its bytes are is in the manifest that names it. */
        Blob: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Accept-Ranges": components["headers"]["AcceptRanges"];
                "Docker-Content-Digest": components["headers"]["ContentDigest"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                [name: string]: unknown;
            };
            content: {
                "application/octet-stream": string;
            };
        };
        /** @description The part of the blob that was asked for. */
        BlobPart: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Content-Range": components["headers"]["ContentRange"];
                "Accept-Ranges": components["headers"]["AcceptRanges"];
                "Docker-Content-Digest": components["headers"]["ContentDigest"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                [name: string]: unknown;
            };
            content: {
                "application/octet-stream": string;
            };
        };
        /** @description The tags, or a page of them. */
        TagList: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                /**
                 * @description Where the next page is, when there is one.
                 * @example </v2/sample/hello/tags/list?n=100&last=v1.9>; rel="next"
                 */
                Link?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TagList"];
            };
        };
        /** @description The referrers, as an index. */
        ReferrerList: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                /** @description What the list was filtered by, if it was. */
                "OCI-Filters-Applied"?: "artifactType";
                /**
                 * @description Where the next page is, when there is one.
                 * @example </v2/sample/hello/tags/list?n=100&last=v1.9>; rel="next"
                 */
                Link?: string;
                [name: string]: unknown;
            };
            content: {
                "application/vnd.oci.image.index.v1+json": components["schemas"]["ReferrerList"];
            };
        };
        /** @description The repositories, or a page of them. */
        RepositoryList: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /**
                 * @description Where the next page is, when there is one.
                 * @example </v2/sample/hello/tags/list?n=100&last=v1.9>; rel="next"
                 */
                Link?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RepositoryList"];
            };
        };
        /** @description The client has it already. */
        ContentNotModified: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Docker-Content-Digest": components["headers"]["ContentDigest"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The client has it already. */
        ListNotModified: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                "Cache-Status": components["headers"]["CacheStatus"];
                /** @description For how long it could not be looked up again, in seconds; only on what is stale. */
                Age?: number;
                /**
                 * @description That this is what was stored, as it could not be looked up again; only on what is stale. For people.
                 *     https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
                 * @example 299 - "from the store, not looked up again: docker.io is out of reach"
                 */
                Warning?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Something in the request is malformed: NAME_INVALID, DIGEST_INVALID, or UNSUPPORTED for a parameter. */
        BadRequest: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["FailedCacheStatus"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "DIGEST_INVALID",
                 *           "message": "not a digest: \"sha256:abc\""
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Log in first: UNAUTHORIZED. Only where a login is configured. */
        Unauthorized: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["FailedCacheStatus"];
                "WWW-Authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /**
         * @description DENIED. The caller is known and may not; or it is not here, and the upstream that the message names refused us. What a
         *     registry does not have it may refuse like that, too: Docker Hub says so of every repository that it does not know.
         */
        Denied: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["FailedCacheStatus"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /**
         * @description It is not here: NAME_UNKNOWN (no such repository or host), MANIFEST_UNKNOWN, BLOB_UNKNOWN, BLOB_UPLOAD_UNKNOWN. A reference
         *     that can be neither tag nor digest is MANIFEST_UNKNOWN too. A path that is not in this document is UNSUPPORTED.
         */
        NotFound: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["FailedCacheStatus"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "MANIFEST_UNKNOWN",
                 *           "message": "sample/hello has no \"v9\""
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description This registry can only be pulled from: UNSUPPORTED. */
        Refused: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNSUPPORTED",
                 *           "message": "this registry can only be pulled from"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description The range lies outside of the blob. No body. */
        RangeNotSatisfiable: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Content-Range": components["headers"]["UnsatisfiedRange"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["UnsatisfiedCacheStatus"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /**
         * @description 500: something went wrong here, the log says what. All others: it is not here, and the upstream that the message names
         *     cannot be had it from. 502: it could not be reached, failed, or answered with what cannot be right. 503: it wants to be
         *     left alone for now, or failed too often just before; `Retry-After` says when to ask again. 504: it did not answer in time.
         *     The code is UNAVAILABLE for 503, else UNKNOWN.
         */
        Failed: {
            headers: {
                "Docker-Distribution-API-Version": components["headers"]["ApiVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "OCI-Namespace": components["headers"]["Namespace"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["NoStore"];
                "Cache-Status": components["headers"]["FailedCacheStatus"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "UNKNOWN",
                 *           "message": "internal error"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description It does. */
        Alive: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Liveness"];
            };
        };
        /** @description Whether they can, and if not, why. */
        Ready: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Readiness"];
            };
        };
        /** @description All metrics. */
        Metrics: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "text/plain; version=0.0.4; charset=utf-8": string;
                "application/openmetrics-text; version=1.0.0; charset=utf-8": string;
            };
        };
        /** @description What is in force now that was not before. */
        Reloaded: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Reloaded"];
            };
        };
        /** @description The images, and what is not served. */
        ImageList: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ImageList"];
            };
        };
        /** @description What went, or would. */
        Pruned: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Pruned"];
            };
        };
        /** @description What comes in. */
        FillList: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["FillList"];
            };
        };
        /** @description The upstreams, as they are configured. None where nothing may be fetched. */
        UpstreamList: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UpstreamList"];
            };
        };
        /** @description What was asked for makes no sense (400, 413, 415, 422), is not allowed from there (403), or not now (409). */
        AdminRefused: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
        /** @description Something went wrong here; the log says what. */
        AdminFailed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Content-Length": components["headers"]["ContentLength"];
                "Cache-Control": components["headers"]["Fresh"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
    };
    parameters: {
        /**
         * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
         *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
         *     `X-Registry`; else a name cannot hold a colon.
         * @example sample/hello
         */
        name: components["schemas"]["RepositoryName"];
        /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
        reference: string;
        /**
         * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
         * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
         */
        digest: components["schemas"]["Digest"];
        /**
         * @description An upload. No upload is ever begun, so any text will do.
         * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
         */
        uuid: string;
        /**
         * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
         *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
         *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
         */
        ns: string;
        /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
        registry: string;
        /** @description At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent. */
        n: number;
        /** @description Only entries that come after this one, which need not exist. */
        last: string;
        /** @description Only referrers of this type; given more than once, of any of these. */
        artifactType: string[];
        /** @description Only images that match this glob over `repository:tag`; given more than once, any of these. */
        pattern: string[];
        /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
        ifNoneMatch: string;
        /** @description One range of bytes: `bytes=0-1023`, `bytes=1024-`, or the last so many, `bytes=-512`. */
        range: string;
        /** @description An ETag. The range is honoured only if it is that of the blob, else the whole blob is sent. */
        ifRange: string;
    };
    requestBodies: never;
    headers: {
        /** @description The registry protocol. On every answer below `/v2/`. */
        ApiVersion: "registry/2.0";
        /** @description The client's own `X-Request-Id`, if it was well formed, else one made here. It is in the log. */
        RequestId: string;
        /** @description The host that was taken from `ns`, from `X-Registry`, or, with a port, from the front of the path. */
        Namespace: string;
        /** @description In bytes. */
        ContentLength: number;
        /** @description The digest of the whole manifest or blob. By digest, the one that was asked for. */
        ContentDigest: components["schemas"]["Digest"];
        /**
         * @description Strong: the digest, in quotes. Of a list, the digest of this page.
         * @example "sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4"
         */
        ETag: string;
        /** @description What was asked for by digest never changes; what was asked for by tag, and every list, may. */
        CacheControl: "public, max-age=31536000, immutable" | "private, max-age=31536000, immutable" | "no-cache";
        /** @description Errors are not to be kept. */
        NoStore: "no-store";
        /** @description It is another answer the next time. */
        Fresh: "no-store";
        /**
         * @description How it was come by (RFC 9211). `hit`: it was here, nobody else was asked. `fwd=miss`: an upstream was asked, as it was not here;
         *     with `collapsed`, by an earlier request that this one waited for. `fwd=stale; detail=revalidated`: the upstream was asked
         *     whether what is here is still right, and it was. `hit; ttl=-90; detail="…"`: it could not be looked up again, which has been
         *     due for so many seconds; `detail` says why, and so does `Warning`.
         * @example ociregistry; hit
         */
        CacheStatus: string;
        /**
         * @description Why it is not here (RFC 9211), on what answers a GET or a HEAD below `/v2/`. `fwd=miss`: an upstream was asked; `fwd-status` is
         *     what it answered, if it did, and `detail` how it failed: `denied`, `rate-limited`, `timeout`, `unreachable`, `failed`, `invalid`.
         *     `detail=unavailable`: it was not asked, as it failed too often just before. Otherwise `detail` is the code of the error.
         * @example ociregistry; fwd=miss; fwd-status=429; detail=rate-limited
         */
        FailedCacheStatus: string;
        /**
         * @description That the range is why there is nothing (RFC 9211).
         * @example ociregistry; detail=RANGE_NOT_SATISFIABLE
         */
        UnsatisfiedCacheStatus: string;
        /** @description When to ask again, in seconds; on every 503. */
        RetryAfter: number;
        /** @description One range of bytes may be asked for. */
        AcceptRanges: "bytes";
        /**
         * @description The part that is sent, and the size of the whole.
         * @example bytes 500-1499/2048
         */
        ContentRange: string;
        /**
         * @description The size of the whole.
         * @example bytes *\/2048
         */
        UnsatisfiedRange: string;
        /** @description What may be done here. */
        Allow: "GET, HEAD";
        /** @description How to log in (RFC 9110, 11.6.1). */
        Challenge: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getBase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Base"];
            401: components["responses"]["Unauthorized"];
            "5XX": components["responses"]["Failed"];
        };
    };
    headBase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Base"];
            401: components["responses"]["Unauthorized"];
            "5XX": components["responses"]["Failed"];
        };
    };
    getManifest: {
        parameters: {
            query?: {
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
                reference: components["parameters"]["reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Manifest"];
            304: components["responses"]["ContentNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    putManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
                reference: components["parameters"]["reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    deleteManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
                reference: components["parameters"]["reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    headManifest: {
        parameters: {
            query?: {
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /** @description A tag, or a digest. With a colon it is a digest, without one it is a tag. */
                reference: components["parameters"]["reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Manifest"];
            304: components["responses"]["ContentNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    getBlob: {
        parameters: {
            query?: {
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
                /** @description One range of bytes: `bytes=0-1023`, `bytes=1024-`, or the last so many, `bytes=-512`. */
                Range?: components["parameters"]["range"];
                /** @description An ETag. The range is honoured only if it is that of the blob, else the whole blob is sent. */
                "If-Range"?: components["parameters"]["ifRange"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blob"];
            206: components["responses"]["BlobPart"];
            304: components["responses"]["ContentNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            416: components["responses"]["RangeNotSatisfiable"];
            "5XX": components["responses"]["Failed"];
        };
    };
    deleteBlob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    headBlob: {
        parameters: {
            query?: {
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blob"];
            304: components["responses"]["ContentNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    startUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    getUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    putUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    deleteUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    headUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    patchUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description An upload. No upload is ever begun, so any text will do.
                 * @example 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11
                 */
                uuid: components["parameters"]["uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            401: components["responses"]["Unauthorized"];
            405: components["responses"]["Refused"];
        };
    };
    listTags: {
        parameters: {
            query?: {
                /** @description At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent. */
                n?: components["parameters"]["n"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["TagList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    headTags: {
        parameters: {
            query?: {
                /** @description At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent. */
                n?: components["parameters"]["n"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["TagList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    listReferrers: {
        parameters: {
            query?: {
                /** @description Only referrers of this type; given more than once, of any of these. */
                artifactType?: components["parameters"]["artifactType"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["ReferrerList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    headReferrers: {
        parameters: {
            query?: {
                /** @description Only referrers of this type; given more than once, of any of these. */
                artifactType?: components["parameters"]["artifactType"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
                /**
                 * @description The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.
                 *     containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.
                 *     https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
                 */
                ns?: components["parameters"]["ns"];
            };
            header?: {
                /** @description The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree. */
                "X-Registry"?: components["parameters"]["registry"];
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.
                 *     A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and
                 *     `X-Registry`; else a name cannot hold a colon.
                 * @example sample/hello
                 */
                name: components["parameters"]["name"];
                /**
                 * @description The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.
                 * @example sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4
                 */
                digest: components["parameters"]["digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["ReferrerList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    listRepositories: {
        parameters: {
            query?: {
                /** @description At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent. */
                n?: components["parameters"]["n"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
            };
            header?: {
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["RepositoryList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    headRepositories: {
        parameters: {
            query?: {
                /** @description At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent. */
                n?: components["parameters"]["n"];
                /** @description Only entries that come after this one, which need not exist. */
                last?: components["parameters"]["last"];
            };
            header?: {
                /** @description ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["RepositoryList"];
            304: components["responses"]["ListNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Denied"];
            404: components["responses"]["NotFound"];
            "5XX": components["responses"]["Failed"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Alive"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Ready"];
            503: components["responses"]["Ready"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Metrics"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    reload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Reloaded"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    listImages: {
        parameters: {
            query?: {
                /** @description Only images that match this glob over `repository:tag`; given more than once, any of these. */
                pattern?: components["parameters"]["pattern"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["ImageList"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    prune: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PruneRequest"];
            };
        };
        responses: {
            200: components["responses"]["Pruned"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    listFills: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FillList"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
    listUpstreams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["UpstreamList"];
            "4XX": components["responses"]["AdminRefused"];
            "5XX": components["responses"]["AdminFailed"];
        };
    };
}
