// Generated from ociregistry.yaml by cmd/generate.ts. Do not edit: run `npm run generate`.

/** ociregistry.yaml as it was written. */
export const source = "# The API of ociregistry, written by hand. The server validates every request against this file, the types in\n# generated/ are made from it, and it is served as it stands at /openapi.yaml. After a change: npm run generate.\nopenapi: 3.1.0\ninfo:\n  title: ociregistry\n  version: 0.1.0\n  summary: A container registry that can only be pulled from.\n  license: { name: Apache-2.0, identifier: Apache-2.0 }\n  description: |\n    Serves container images and other OCI artifacts to `docker pull`, `podman`, containerd, `crane`, `skopeo`, `oras`,\n    `helm` and everything else that speaks the\n    [OCI distribution specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md).\n    It does the categories *Pull* and *Content Discovery*; each write is documented here too, and answers 405.\n\n    **How an image is pulled.** Ask for a manifest by tag (`GET /v2/sample/hello/manifests/latest`). An index lists one\n    manifest for each platform: ask for one of those by its digest. A manifest lists a config and layers: ask for each\n    as a blob, by its digest. Everything but a tag is named by the digest of its bytes, so it never changes.\n\n    **Names hold slashes.** `{name}` in a path stands for one or more segments: `sample/hello`, `docker.io/library/alpine`.\n    A path is read from its right end, so `manifests`, `blobs` and `tags/list` may be part of a name. A client may send\n    the slashes of a name as they are or as `%2F`, as the \"Try it out\" buttons of this page do.\n\n    **Which registry.** A name can begin with the host of the registry that it comes from. A client that is told to use\n    this registry as a mirror says the host apart from the name: containerd in `?ns=`, others in the header `X-Registry`.\n\n    **Errors** are JSON, `{\"errors\":[{\"code\":\"…\",\"message\":\"…\"}]}`. The code is for programs, the message for people.\n\n    **Everything else.** Query parameters that are not documented are ignored. HEAD answers as GET does, without the\n    body. A request may carry `X-Request-Id`; it is sent back and is in the log, else an id is made.\n  contact: { name: ociregistry }\n\n# The index that the built-in sample serves as sample/hello:latest.\nx-sample-digest: &sampleDigest sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4\n\nservers:\n  - { url: /, description: The registry that serves this page. }\ntags:\n  - { name: pull, description: What a client needs to pull an image. }\n  - { name: discovery, description: What is here. }\n  - { name: writes, description: 'Refused, always: 405. They are here so that a client made from this document knows.' }\n  - name: admin\n    description: |\n      For whoever looks after the registry, on a listener of its own that is off by default and on loopback unless it is told otherwise\n      (`--admin`). It has no login. The registry itself answers 404 for all of them.\nsecurity:\n  - {}\n  - basic: []\n  - bearer: []\n\npaths:\n  /v2/:\n    get:\n      operationId: getBase\n      tags: [pull]\n      summary: Is this a registry?\n      description: |\n        200 says that the distribution specification is spoken here, and that the caller may go on. Docker, podman and\n        crane ask this first, and learn from a 401 how to log in. A host in the query is ignored here.\n      responses:\n        '200': { $ref: '#/components/responses/Base' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headBase\n      tags: [pull]\n      summary: Is this a registry? (without the body)\n      responses:\n        '200': { $ref: '#/components/responses/Base' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n\n  /v2/{name}/manifests/{reference}:\n    parameters:\n      - $ref: '#/components/parameters/name'\n      - $ref: '#/components/parameters/reference'\n    get:\n      operationId: getManifest\n      tags: [pull]\n      summary: Pull a manifest\n      description: |\n        The stored bytes, exactly, with the media type they were stored with, whatever `Accept` says: a manifest is never\n        converted, and no platform is picked from an index. By tag, digest, type and bytes are of one moment.\n      parameters:\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/Manifest' }\n        '304': { $ref: '#/components/responses/ContentNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headManifest\n      tags: [pull]\n      summary: Look up a manifest\n      description: |\n        Digest, media type and size, without the bytes. Docker and containerd turn a tag into a digest so; against\n        Docker Hub a HEAD does not count as a pull.\n      parameters:\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/Manifest' }\n        '304': { $ref: '#/components/responses/ContentNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    put:\n      operationId: putManifest\n      tags: [writes]\n      summary: Push a manifest (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n    delete:\n      operationId: deleteManifest\n      tags: [writes]\n      summary: Delete a manifest or a tag (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n\n  /v2/{name}/blobs/{digest}:\n    parameters:\n      - $ref: '#/components/parameters/name'\n      - $ref: '#/components/parameters/digest'\n    get:\n      operationId: getBlob\n      tags: [pull]\n      summary: Pull a blob\n      description: |\n        A layer, a config, or any other bytes that a manifest of this repository names. One range of bytes may be asked\n        for, which is how clients go on after a broken download. Several ranges, another unit, or what is no range at\n        all, are answered with the whole blob; so is every range of an empty blob.\n      parameters:\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n        - $ref: '#/components/parameters/range'\n        - $ref: '#/components/parameters/ifRange'\n      responses:\n        '200': { $ref: '#/components/responses/Blob' }\n        '206': { $ref: '#/components/responses/BlobPart' }\n        '304': { $ref: '#/components/responses/ContentNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '416': { $ref: '#/components/responses/RangeNotSatisfiable' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headBlob\n      tags: [pull]\n      summary: Look up a blob\n      description: Its size, without the bytes. A `Range` is ignored.\n      parameters:\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/Blob' }\n        '304': { $ref: '#/components/responses/ContentNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    delete:\n      operationId: deleteBlob\n      tags: [writes]\n      summary: Delete a blob (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n\n  /v2/{name}/blobs/uploads/:\n    parameters:\n      - $ref: '#/components/parameters/name'\n    post:\n      operationId: startUpload\n      tags: [writes]\n      summary: Start an upload, or mount a blob (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n\n  /v2/{name}/blobs/uploads/{uuid}:\n    parameters:\n      - $ref: '#/components/parameters/name'\n      - $ref: '#/components/parameters/uuid'\n    get:\n      operationId: getUpload\n      tags: [writes]\n      summary: State of an upload (there is never one)\n      responses:\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headUpload\n      tags: [writes]\n      summary: State of an upload (there is never one)\n      responses:\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    patch:\n      operationId: patchUpload\n      tags: [writes]\n      summary: Upload a chunk (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n    put:\n      operationId: putUpload\n      tags: [writes]\n      summary: Finish an upload (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n    delete:\n      operationId: deleteUpload\n      tags: [writes]\n      summary: Cancel an upload (refused)\n      responses:\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '405': { $ref: '#/components/responses/Refused' }\n\n  /v2/{name}/tags/list:\n    parameters:\n      - $ref: '#/components/parameters/name'\n    get:\n      operationId: listTags\n      tags: [discovery]\n      summary: List the tags of a repository\n      description: |\n        By code point: `A` before `_` before `a`. Without `n` all of them, up to 10 000. Follow `Link` for the rest.\n      parameters:\n        - $ref: '#/components/parameters/n'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/TagList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headTags\n      tags: [discovery]\n      summary: List the tags of a repository (without the body)\n      parameters:\n        - $ref: '#/components/parameters/n'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/TagList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n\n  /v2/{name}/referrers/{digest}:\n    parameters:\n      - $ref: '#/components/parameters/name'\n      - $ref: '#/components/parameters/digest'\n    get:\n      operationId: listReferrers\n      tags: [discovery]\n      summary: List what refers to a manifest\n      description: |\n        Signatures, SBOMs, attestations: every manifest here whose `subject` is this digest, as an index. Never 404 for\n        want of any: the list is empty then, and it is empty for a repository that is not here.\n      parameters:\n        - $ref: '#/components/parameters/artifactType'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/ReferrerList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headReferrers\n      tags: [discovery]\n      summary: List what refers to a manifest (without the body)\n      parameters:\n        - $ref: '#/components/parameters/artifactType'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ns'\n        - $ref: '#/components/parameters/registry'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/ReferrerList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n\n  /v2/_catalog:\n    get:\n      operationId: listRepositories\n      tags: [discovery]\n      summary: List the repositories\n      description: |\n        The full names of what is here, by code point; an upstream is not asked. It is no longer part of the\n        specification, but `crane catalog`, `oras repo ls` and many scripts use it. It can be switched off (404).\n      parameters:\n        - $ref: '#/components/parameters/n'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/RepositoryList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n    head:\n      operationId: headRepositories\n      tags: [discovery]\n      summary: List the repositories (without the body)\n      parameters:\n        - $ref: '#/components/parameters/n'\n        - $ref: '#/components/parameters/last'\n        - $ref: '#/components/parameters/ifNoneMatch'\n      responses:\n        '200': { $ref: '#/components/responses/RepositoryList' }\n        '304': { $ref: '#/components/responses/ListNotModified' }\n        '400': { $ref: '#/components/responses/BadRequest' }\n        '401': { $ref: '#/components/responses/Unauthorized' }\n        '403': { $ref: '#/components/responses/Denied' }\n        '404': { $ref: '#/components/responses/NotFound' }\n        '5XX': { $ref: '#/components/responses/Failed' }\n\n  /livez:\n    servers: &adminServers\n      - url: http://{host}:{port}\n        description: 'The admin listener, of `ociregistry serve --admin 5001`.'\n        variables: { host: { default: 127.0.0.1 }, port: { default: '5001' } }\n    get:\n      operationId: getLiveness\n      tags: [admin]\n      summary: Does the process run?\n      description: 200 while it does. Whoever restarts what hangs asks this.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/Alive' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /readyz:\n    servers: *adminServers\n    get:\n      operationId: getReadiness\n      tags: [admin]\n      summary: Can images be served?\n      description: Whoever sends clients here asks this. It says no while the server starts and while it stops.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/Ready' }\n        '503': { $ref: '#/components/responses/Ready' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /metrics:\n    servers: *adminServers\n    get:\n      operationId: getMetrics\n      tags: [admin]\n      summary: Metrics, for Prometheus\n      description: The text format of Prometheus, or OpenMetrics where `Accept` wants that.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/Metrics' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /reload:\n    servers: *adminServers\n    post:\n      operationId: reload\n      tags: [admin]\n      summary: Read the configuration again\n      description: |\n        Configuration, certificates and password files, as SIGHUP does. All of it is checked before any of it counts: when something\n        is wrong, 422 says what, and everything stays as it was. What has changed and needs a restart is in the log.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/Reloaded' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /images:\n    servers: *adminServers\n    get:\n      operationId: listImages\n      tags: [admin]\n      summary: List the images\n      description: As `ociregistry list --json` does, of all folders that are served.\n      security: []\n      parameters:\n        - $ref: '#/components/parameters/pattern'\n      responses:\n        '200': { $ref: '#/components/responses/ImageList' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /prune:\n    servers: *adminServers\n    post:\n      operationId: prune\n      tags: [admin]\n      summary: Remove images\n      description: |\n        As `ociregistry prune --json` does. Unless `dryRun` is false, it only tells what would go. One at a time: 409 while another\n        one runs.\n      security: []\n      requestBody:\n        required: true\n        content:\n          application/json:\n            schema: { $ref: '#/components/schemas/PruneRequest' }\n      responses:\n        '200': { $ref: '#/components/responses/Pruned' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /fills:\n    servers: *adminServers\n    get:\n      operationId: listFills\n      tags: [admin]\n      summary: What is being fetched\n      description: The blobs that come in from upstreams just now.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/FillList' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\n  /upstreams:\n    servers: *adminServers\n    get:\n      operationId: listUpstreams\n      tags: [admin]\n      summary: How the upstreams do\n      description: Each endpoint with its breaker, its last answer, and what it said that it will still answer.\n      security: []\n      responses:\n        '200': { $ref: '#/components/responses/UpstreamList' }\n        '4XX': { $ref: '#/components/responses/AdminRefused' }\n        '5XX': { $ref: '#/components/responses/AdminFailed' }\n\ncomponents:\n  securitySchemes:\n    basic: { type: http, scheme: basic, description: 'A user of the password file, if the registry has one.' }\n    bearer: { type: http, scheme: bearer, description: 'A token from the service that the 401 names.' }\n\n  parameters:\n    name:\n      name: name\n      in: path\n      required: true\n      x-multi-segment: true\n      description: |\n        The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.\n        A host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and\n        `X-Registry`; else a name cannot hold a colon.\n      schema: { $ref: '#/components/schemas/RepositoryName' }\n      example: sample/hello\n    reference:\n      name: reference\n      in: path\n      required: true\n      description: A tag, or a digest. With a colon it is a digest, without one it is a tag.\n      schema:\n        type: string\n        maxLength: 512\n        pattern: '^(?:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}|sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}|blake3:[a-f0-9]{64}|(?!(?:sha256|sha512|blake3):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+)$'\n      examples:\n        tag: { value: latest }\n        digest: { value: *sampleDigest }\n    digest:\n      name: digest\n      in: path\n      required: true\n      description: The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.\n      schema: { $ref: '#/components/schemas/Digest' }\n      example: *sampleDigest\n    uuid:\n      name: uuid\n      in: path\n      required: true\n      description: An upload. No upload is ever begun, so any text will do.\n      schema: { type: string }\n      example: 3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11\n    ns:\n      name: ns\n      in: query\n      allowReserved: true\n      description: |\n        The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.\n        containerd sends it. A host that is not known here: 404 NAME_UNKNOWN.\n        https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying\n      schema: { type: string, minLength: 1, maxLength: 255 }\n    registry:\n      name: X-Registry\n      in: header\n      description: The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree.\n      schema: { type: string, minLength: 1, maxLength: 255, pattern: '^[^,\\s]+$' }\n    n:\n      name: n\n      in: query\n      description: |\n        At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent.\n      schema: { type: integer, minimum: 0 }\n    last:\n      name: last\n      in: query\n      allowReserved: true\n      description: Only entries that come after this one, which need not exist.\n      schema: { type: string }\n    artifactType:\n      name: artifactType\n      in: query\n      allowReserved: true\n      description: Only referrers of this type; given more than once, of any of these.\n      style: form\n      explode: true\n      schema: { type: array, items: { type: string } }\n    pattern:\n      name: pattern\n      in: query\n      allowReserved: true\n      description: Only images that match this glob over `repository:tag`; given more than once, any of these.\n      style: form\n      explode: true\n      schema: { type: array, maxItems: 100, items: { type: string, minLength: 1, maxLength: 1000 } }\n    ifNoneMatch:\n      name: If-None-Match\n      in: header\n      description: 'ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out.'\n      schema: { type: string }\n    range:\n      name: Range\n      in: header\n      description: 'One range of bytes: `bytes=0-1023`, `bytes=1024-`, or the last so many, `bytes=-512`.'\n      schema: { type: string }\n    ifRange:\n      name: If-Range\n      in: header\n      description: An ETag. The range is honoured only if it is that of the blob, else the whole blob is sent.\n      schema: { type: string }\n\n  headers:\n    ApiVersion:\n      description: The registry protocol. On every answer below `/v2/`.\n      required: true\n      schema: { type: string, const: registry/2.0 }\n    RequestId:\n      description: The client's own `X-Request-Id`, if it was well formed, else one made here. It is in the log.\n      required: true\n      schema: { type: string, pattern: '^[A-Za-z0-9._-]{1,128}$' }\n    Namespace:\n      description: The host that was taken from `ns`, from `X-Registry`, or, with a port, from the front of the path.\n      schema: { type: string }\n    ContentLength:\n      description: In bytes.\n      required: true\n      schema: { type: integer, minimum: 0 }\n    ContentDigest:\n      description: The digest of the whole manifest or blob. By digest, the one that was asked for.\n      required: true\n      schema: { $ref: '#/components/schemas/Digest' }\n    ETag:\n      description: 'Strong: the digest, in quotes. Of a list, the digest of this page.'\n      required: true\n      schema: { type: string, pattern: '^\"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+\"$' }\n      example: '\"sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4\"'\n    CacheControl:\n      description: What was asked for by digest never changes; what was asked for by tag, and every list, may.\n      required: true\n      schema:\n        {\n          type: string,\n          enum: ['public, max-age=31536000, immutable', 'private, max-age=31536000, immutable', no-cache],\n        }\n    NoStore:\n      description: Errors are not to be kept.\n      required: true\n      schema: { type: string, const: no-store }\n    Fresh:\n      description: It is another answer the next time.\n      required: true\n      schema: { type: string, const: no-store }\n    CacheStatus:\n      description: |\n        How it was come by (RFC 9211). `hit`: it was here, nobody else was asked. `fwd=miss`: an upstream was asked, as it was not here;\n        with `collapsed`, by an earlier request that this one waited for. `fwd=stale; detail=revalidated`: the upstream was asked\n        whether what is here is still right, and it was. `hit; ttl=-90; detail=\"…\"`: it could not be looked up again, which has been\n        due for so many seconds; `detail` says why, and so does `Warning`.\n      required: true\n      schema: &cacheStatus\n        type: string\n        pattern: '^ociregistry(?:; [a-z][a-z-]*(?:=(?:-?[0-9]{1,15}|[A-Za-z][A-Za-z0-9_.-]*|\"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"))?)+$'\n      example: ociregistry; hit\n    FailedCacheStatus:\n      description: |\n        Why it is not here (RFC 9211), on what answers a GET or a HEAD below `/v2/`. `fwd=miss`: an upstream was asked; `fwd-status` is\n        what it answered, if it did, and `detail` how it failed: `denied`, `rate-limited`, `timeout`, `unreachable`, `failed`, `invalid`.\n        `detail=unavailable`: it was not asked, as it failed too often just before. Otherwise `detail` is the code of the error.\n      schema: *cacheStatus\n      example: ociregistry; fwd=miss; fwd-status=429; detail=rate-limited\n    UnsatisfiedCacheStatus:\n      description: That the range is why there is nothing (RFC 9211).\n      required: true\n      schema: *cacheStatus\n      example: ociregistry; detail=RANGE_NOT_SATISFIABLE\n    RetryAfter:\n      description: When to ask again, in seconds; on every 503.\n      schema: { type: integer, minimum: 1 }\n    AcceptRanges:\n      description: One range of bytes may be asked for.\n      required: true\n      schema: { type: string, const: bytes }\n    ContentRange:\n      description: The part that is sent, and the size of the whole.\n      required: true\n      schema: { type: string, pattern: '^bytes \\d+-\\d+/\\d+$' }\n      example: bytes 500-1499/2048\n    UnsatisfiedRange:\n      description: The size of the whole.\n      required: true\n      schema: { type: string, pattern: '^bytes \\*/\\d+$' }\n      example: bytes */2048\n    Allow:\n      description: What may be done here.\n      required: true\n      schema: { type: string, const: 'GET, HEAD' }\n    Challenge:\n      description: How to log in (RFC 9110, 11.6.1).\n      required: true\n      schema: { type: string }\n\n  responses:\n    Base:\n      description: It is, and the caller may go on.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n      content:\n        application/json:\n          schema: { type: object, maxProperties: 0 }\n          example: {}\n    Manifest:\n      description: The manifest. Its media type is its own, without parameters; an unknown one is served as it is.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Docker-Content-Digest: { $ref: '#/components/headers/ContentDigest' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: &age\n          description: For how long it could not be looked up again, in seconds; only on what is stale.\n          schema: { type: integer, minimum: 0 }\n        Warning: &warning\n          description: |\n            That this is what was stored, as it could not be looked up again; only on what is stale. For people.\n            https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n          schema:\n            type: string\n            maxLength: 4096\n            pattern: '^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$'\n          example: '299 - \"from the store, not looked up again: docker.io is out of reach\"'\n      content:\n        application/vnd.oci.image.index.v1+json:\n          schema: { $ref: '#/components/schemas/Index' }\n        application/vnd.oci.image.manifest.v1+json:\n          schema: { $ref: '#/components/schemas/Manifest' }\n        application/vnd.docker.distribution.manifest.list.v2+json:\n          schema: { $ref: '#/components/schemas/Index' }\n        application/vnd.docker.distribution.manifest.v2+json:\n          schema: { $ref: '#/components/schemas/Manifest' }\n        application/*:\n          schema: { type: object }\n    Blob:\n      description: The blob. What its bytes are is in the manifest that names it.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Accept-Ranges: { $ref: '#/components/headers/AcceptRanges' }\n        Docker-Content-Digest: { $ref: '#/components/headers/ContentDigest' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n      content:\n        application/octet-stream:\n          schema: { type: string, format: binary }\n    BlobPart:\n      description: The part of the blob that was asked for.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Content-Range: { $ref: '#/components/headers/ContentRange' }\n        Accept-Ranges: { $ref: '#/components/headers/AcceptRanges' }\n        Docker-Content-Digest: { $ref: '#/components/headers/ContentDigest' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n      content:\n        application/octet-stream:\n          schema: { type: string, format: binary }\n    TagList:\n      description: The tags, or a page of them.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n        Link: &link\n          description: Where the next page is, when there is one.\n          schema: { type: string, pattern: '^</v2/[^<>;]+>; rel=\"next\"$' }\n          example: </v2/sample/hello/tags/list?n=100&last=v1.9>; rel=\"next\"\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/TagList' }\n    ReferrerList:\n      description: The referrers, as an index.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n        OCI-Filters-Applied:\n          description: What the list was filtered by, if it was.\n          schema: { type: string, const: artifactType }\n        Link: *link\n      content:\n        application/vnd.oci.image.index.v1+json:\n          schema: { $ref: '#/components/schemas/ReferrerList' }\n    RepositoryList:\n      description: The repositories, or a page of them.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Link: *link\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/RepositoryList' }\n    ContentNotModified:\n      description: The client has it already.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Docker-Content-Digest: { $ref: '#/components/headers/ContentDigest' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n    ListNotModified:\n      description: The client has it already.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        ETag: { $ref: '#/components/headers/ETag' }\n        Cache-Control: { $ref: '#/components/headers/CacheControl' }\n        Cache-Status: { $ref: '#/components/headers/CacheStatus' }\n        Age: *age\n        Warning: *warning\n    BadRequest:\n      description: 'Something in the request is malformed: NAME_INVALID, DIGEST_INVALID, or UNSUPPORTED for a parameter.'\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/FailedCacheStatus' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n          example: { errors: [{ code: DIGEST_INVALID, message: 'not a digest: \"sha256:abc\"' }] }\n    Unauthorized:\n      description: 'Log in first: UNAUTHORIZED. Only where a login is configured.'\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/FailedCacheStatus' }\n        WWW-Authenticate: { $ref: '#/components/headers/Challenge' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n    Denied:\n      description: |\n        DENIED. The caller is known and may not; or it is not here, and the upstream that the message names refused us. What a\n        registry does not have it may refuse like that, too: Docker Hub says so of every repository that it does not know.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/FailedCacheStatus' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n    NotFound:\n      description: |\n        It is not here: NAME_UNKNOWN (no such repository or host), MANIFEST_UNKNOWN, BLOB_UNKNOWN, BLOB_UPLOAD_UNKNOWN. A reference\n        that can be neither tag nor digest is MANIFEST_UNKNOWN too. A path that is not in this document is UNSUPPORTED.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/FailedCacheStatus' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n          example: { errors: [{ code: MANIFEST_UNKNOWN, message: 'sample/hello has no \"v9\"' }] }\n    Refused:\n      description: 'This registry can only be pulled from: UNSUPPORTED.'\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Allow: { $ref: '#/components/headers/Allow' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n          example: { errors: [{ code: UNSUPPORTED, message: this registry can only be pulled from }] }\n    RangeNotSatisfiable:\n      description: The range lies outside of the blob. No body.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Content-Range: { $ref: '#/components/headers/UnsatisfiedRange' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/UnsatisfiedCacheStatus' }\n    Failed:\n      description: |\n        500: something went wrong here, the log says what. All others: it is not here, and the upstream that the message names\n        cannot be had it from. 502: it could not be reached, failed, or answered with what cannot be right. 503: it wants to be\n        left alone for now, or failed too often just before; `Retry-After` says when to ask again. 504: it did not answer in time.\n        The code is UNAVAILABLE for 503, else UNKNOWN.\n      headers:\n        Docker-Distribution-API-Version: { $ref: '#/components/headers/ApiVersion' }\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        OCI-Namespace: { $ref: '#/components/headers/Namespace' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/NoStore' }\n        Cache-Status: { $ref: '#/components/headers/FailedCacheStatus' }\n        Retry-After: { $ref: '#/components/headers/RetryAfter' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n          example: { errors: [{ code: UNKNOWN, message: internal error }] }\n\n    Alive:\n      description: It does.\n      headers: &adminHeaders\n        X-Request-Id: { $ref: '#/components/headers/RequestId' }\n        Content-Length: { $ref: '#/components/headers/ContentLength' }\n        Cache-Control: { $ref: '#/components/headers/Fresh' }\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Liveness' }\n    Ready:\n      description: Whether they can, and if not, why.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Readiness' }\n    Metrics:\n      description: All metrics.\n      headers: *adminHeaders\n      content:\n        text/plain; version=0.0.4; charset=utf-8:\n          schema: { type: string }\n        application/openmetrics-text; version=1.0.0; charset=utf-8:\n          schema: { type: string }\n    Reloaded:\n      description: What is in force now that was not before.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Reloaded' }\n    ImageList:\n      description: The images, and what is not served.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/ImageList' }\n    Pruned:\n      description: What went, or would.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Pruned' }\n    FillList:\n      description: What comes in.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/FillList' }\n    UpstreamList:\n      description: The upstreams, as they are configured. None where nothing may be fetched.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/UpstreamList' }\n    AdminRefused:\n      description: 'What was asked for makes no sense (400, 413, 415, 422), is not allowed from there (403), or not now (409).'\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n    AdminFailed:\n      description: Something went wrong here; the log says what.\n      headers: *adminHeaders\n      content:\n        application/json:\n          schema: { $ref: '#/components/schemas/Errors' }\n  schemas:\n    RepositoryName:\n      type: string\n      maxLength: 255\n      pattern: '^[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*$'\n    Digest:\n      type: string\n      maxLength: 512\n      description: https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests\n      example: *sampleDigest\n      pattern: '^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}|blake3:[a-f0-9]{64}|(?!(?:sha256|sha512|blake3):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+)$'\n    ErrorCode:\n      type: string\n      description: |\n        Of the specification's codes, those that a registry for pulling has a use for; and UNKNOWN and UNAVAILABLE, with a status of 500 and above only.\n        https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes\n      enum:\n        - BLOB_UNKNOWN\n        - BLOB_UPLOAD_UNKNOWN\n        - DENIED\n        - DIGEST_INVALID\n        - MANIFEST_UNKNOWN\n        - NAME_INVALID\n        - NAME_UNKNOWN\n        - UNAUTHORIZED\n        - UNSUPPORTED\n        - UNKNOWN\n        - UNAVAILABLE\n    Errors:\n      type: object\n      required: [errors]\n      additionalProperties: false\n      properties:\n        errors:\n          type: array\n          minItems: 1\n          items:\n            type: object\n            required: [code, message]\n            additionalProperties: false\n            properties:\n              code: { $ref: '#/components/schemas/ErrorCode' }\n              message: { type: string, minLength: 1, description: For people. }\n              detail: { description: 'Any JSON: what the message is about.' }\n    Descriptor:\n      type: object\n      description: https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md\n      required: [mediaType, digest, size]\n      properties:\n        mediaType: { type: string }\n        digest: { $ref: '#/components/schemas/Digest' }\n        size: { type: integer, minimum: 0, description: In bytes. }\n        artifactType: { type: string }\n        platform:\n          type: object\n          required: [os, architecture]\n          properties:\n            os: { type: string, example: linux }\n            architecture: { type: string, example: arm64 }\n            variant: { type: string, example: v8 }\n        annotations: { type: object, additionalProperties: { type: string } }\n    Manifest:\n      type: object\n      description: |\n        One image or artifact: a config and layers. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md\n      required: [schemaVersion, config, layers]\n      properties:\n        schemaVersion: { type: integer, const: 2 }\n        mediaType: { type: string }\n        artifactType: { type: string }\n        config: { $ref: '#/components/schemas/Descriptor' }\n        layers: { type: array, items: { $ref: '#/components/schemas/Descriptor' } }\n        subject: { $ref: '#/components/schemas/Descriptor' }\n        annotations: { type: object, additionalProperties: { type: string } }\n    Index:\n      type: object\n      description: |\n        Manifests, mostly one for each platform. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md\n      required: [schemaVersion, manifests]\n      properties:\n        schemaVersion: { type: integer, const: 2 }\n        mediaType: { type: string }\n        artifactType: { type: string }\n        manifests: { type: array, items: { $ref: '#/components/schemas/Descriptor' } }\n        subject: { $ref: '#/components/schemas/Descriptor' }\n        annotations: { type: object, additionalProperties: { type: string } }\n    ReferrerList:\n      type: object\n      required: [schemaVersion, mediaType, manifests]\n      additionalProperties: false\n      properties:\n        schemaVersion: { type: integer, const: 2 }\n        mediaType: { type: string, const: application/vnd.oci.image.index.v1+json }\n        manifests: { type: array, items: { $ref: '#/components/schemas/Descriptor' } }\n    TagList:\n      type: object\n      required: [name, tags]\n      additionalProperties: false\n      properties:\n        name:\n          description: As it was asked for, with the host that began the path, if it has a port.\n          type: string\n          maxLength: 511\n          pattern: '^(?:(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*$'\n        tags:\n          type: array\n          uniqueItems: true\n          items: { type: string, pattern: '^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$' }\n      example: { name: sample/hello, tags: [latest] }\n    RepositoryList:\n      type: object\n      required: [repositories]\n      additionalProperties: false\n      properties:\n        repositories: { type: array, uniqueItems: true, items: { type: string } }\n      example: { repositories: [sample/hello] }\n    Liveness:\n      type: object\n      required: [alive]\n      additionalProperties: false\n      properties:\n        alive: { type: boolean, const: true }\n    Readiness:\n      type: object\n      required: [ready, reasons]\n      additionalProperties: false\n      properties:\n        ready: { type: boolean }\n        reasons:\n          description: Why not; empty when it is ready.\n          type: array\n          items:\n            type: object\n            required: [code, message]\n            additionalProperties: false\n            properties:\n              code:\n                type: string\n                enum: [FOLDER_UNREADABLE, DISK_FULL, FIRST_INDEX_RUNNING, STOPPING]\n              message: { type: string, minLength: 1, description: For people. }\n      example: { ready: false, reasons: [{ code: FIRST_INDEX_RUNNING, message: archives are looked into for the first time }] }\n    Reloaded:\n      type: object\n      required: [changed, message]\n      additionalProperties: false\n      properties:\n        changed:\n          description: The keys of the configuration, and the files, that say something else now.\n          type: array\n          items: { type: string }\n        message: { type: string, minLength: 1, description: For people. }\n      example: { changed: [auth.rules], message: what changed is in force }\n    Problem:\n      type: object\n      required: [path, reason]\n      additionalProperties: false\n      properties:\n        path: { type: string }\n        reason: { type: string }\n    ImageList:\n      type: object\n      required: [images, problems]\n      additionalProperties: false\n      properties:\n        images:\n          type: array\n          items:\n            type: object\n            required: [repository, tag, digest, mediaType, kind, platforms, size, created, source, path]\n            additionalProperties: false\n            properties:\n              repository: { type: string }\n              tag: { type: string }\n              digest: { $ref: '#/components/schemas/Digest' }\n              mediaType: { type: string }\n              kind: { type: string, enum: [image, index, artifact] }\n              platforms: { type: array, items: { type: string } }\n              size: { type: integer, minimum: 0, description: In bytes. }\n              created: { type: [string, 'null'], format: date-time }\n              source: { type: [string, 'null'], description: Where it was fetched or loaded from. }\n              path: { type: string, description: Where it lies. }\n        problems: { type: array, items: { $ref: '#/components/schemas/Problem' } }\n    PruneRequest:\n      type: object\n      description: All that is given must hold; at least one criterion must be given.\n      additionalProperties: false\n      properties:\n        pattern:\n          description: Globs over `repository:tag`, any of which must match.\n          type: array\n          minItems: 1\n          maxItems: 100\n          items: { type: string, minLength: 1, maxLength: 1000 }\n        olderThan: { description: 'Fetched or loaded so long ago, like `30d`.', type: string, maxLength: 20 }\n        unusedFor: { description: 'Not pulled for so long, like `30d`.', type: string, maxLength: 20 }\n        keep:\n          description: Spares the newest tags of each repository, so many; alone, removes the others.\n          type: integer\n          minimum: 1\n          maximum: 999999999\n        maxBytes:\n          description: Removes what is unused the longest until the rest takes no more, like `50GiB`.\n          type: string\n          maxLength: 30\n        unreferenced: { description: 'Also what lost its tag to a newer image, and blobs that no image has.', type: boolean }\n        dryRun: { description: Only tells what would go., type: boolean, default: true }\n      example: { unusedFor: 30d, keep: 3, unreferenced: true }\n    Pruned:\n      type: object\n      required: [dryRun, images, files, freedBytes, heldBytes, problems]\n      additionalProperties: false\n      properties:\n        dryRun: { type: boolean }\n        images:\n          type: array\n          items:\n            type: object\n            required: [repository, tag, digest, size, reasons, fetched, lastUsed]\n            additionalProperties: false\n            properties:\n              repository: { type: string }\n              tag: { type: [string, 'null'] }\n              digest: { $ref: '#/components/schemas/Digest' }\n              size: { type: integer, minimum: 0, description: In bytes. }\n              reasons: { type: array, items: { type: string } }\n              fetched: { type: [string, 'null'], format: date-time }\n              lastUsed: { type: [string, 'null'], format: date-time }\n        files:\n          type: array\n          items:\n            type: object\n            required: [path, digest, size, reason]\n            additionalProperties: false\n            properties:\n              path: { type: string }\n              digest: { type: [string, 'null'] }\n              size: { type: integer, minimum: 0, description: In bytes. }\n              reason: { type: string }\n        freedBytes: { type: integer, minimum: 0 }\n        heldBytes: { type: integer, minimum: 0, description: What is left of all blobs that were fetched or loaded. }\n        problems: { type: array, description: Why something stayed that might have gone., items: { type: string } }\n    FillList:\n      type: object\n      required: [fills]\n      additionalProperties: false\n      properties:\n        fills:\n          type: array\n          items:\n            type: object\n            required: [digest, repositories, received, size, readers]\n            additionalProperties: false\n            properties:\n              digest: { $ref: '#/components/schemas/Digest' }\n              repositories: { type: array, items: { type: string }, description: Those that get it. }\n              received: { type: integer, minimum: 0, description: Bytes so far. }\n              size: { type: integer, minimum: 0, description: In bytes. }\n              readers: { type: integer, minimum: 0, description: How many read it while it comes. }\n    UpstreamList:\n      type: object\n      required: [upstreams]\n      additionalProperties: false\n      properties:\n        upstreams:\n          type: array\n          items:\n            type: object\n            required: [host, endpoints]\n            additionalProperties: false\n            properties:\n              host: { type: string }\n              endpoints: { type: array, items: { $ref: '#/components/schemas/UpstreamEndpoint' } }\n    UpstreamEndpoint:\n      type: object\n      required: [origin, breaker, pausedMs]\n      additionalProperties: false\n      properties:\n        origin: { type: string }\n        breaker:\n          description: '`open` while it is left alone, as it failed too often; `probing` while one request tries it.'\n          type: string\n          enum: [closed, open, probing]\n        opensAgainMs: { type: number, minimum: 0, description: After how long it is tried again. }\n        pausedMs: { type: number, minimum: 0, description: For how long it wants to be left alone. }\n        lastStatus: { type: integer, description: Of its last answer. }\n        rateLimit:\n          description: What it said last that it will still answer.\n          type: object\n          required: [remaining]\n          additionalProperties: false\n          properties:\n            limit: { type: integer }\n            remaining: { type: integer }\n            windowSeconds: { type: integer }\n            resetSeconds: { type: integer }\n            source: { type: string, description: Whom it counts. }\n";

/** The same, parsed. */
export const document: { openapi: string; paths: Record<string, Record<string, unknown>>; [key: string]: unknown } = {
  "openapi": "3.1.0",
  "info": {
    "title": "ociregistry",
    "version": "0.1.0",
    "summary": "A container registry that can only be pulled from.",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    },
    "description": "Serves container images and other OCI artifacts to `docker pull`, `podman`, containerd, `crane`, `skopeo`, `oras`,\n`helm` and everything else that speaks the\n[OCI distribution specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md).\nIt does the categories *Pull* and *Content Discovery*; each write is documented here too, and answers 405.\n\n**How an image is pulled.** Ask for a manifest by tag (`GET /v2/sample/hello/manifests/latest`). An index lists one\nmanifest for each platform: ask for one of those by its digest. A manifest lists a config and layers: ask for each\nas a blob, by its digest. Everything but a tag is named by the digest of its bytes, so it never changes.\n\n**Names hold slashes.** `{name}` in a path stands for one or more segments: `sample/hello`, `docker.io/library/alpine`.\nA path is read from its right end, so `manifests`, `blobs` and `tags/list` may be part of a name. A client may send\nthe slashes of a name as they are or as `%2F`, as the \"Try it out\" buttons of this page do.\n\n**Which registry.** A name can begin with the host of the registry that it comes from. A client that is told to use\nthis registry as a mirror says the host apart from the name: containerd in `?ns=`, others in the header `X-Registry`.\n\n**Errors** are JSON, `{\"errors\":[{\"code\":\"…\",\"message\":\"…\"}]}`. The code is for programs, the message for people.\n\n**Everything else.** Query parameters that are not documented are ignored. HEAD answers as GET does, without the\nbody. A request may carry `X-Request-Id`; it is sent back and is in the log, else an id is made.\n",
    "contact": {
      "name": "ociregistry"
    }
  },
  "x-sample-digest": "sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4",
  "servers": [
    {
      "url": "/",
      "description": "The registry that serves this page."
    }
  ],
  "tags": [
    {
      "name": "pull",
      "description": "What a client needs to pull an image."
    },
    {
      "name": "discovery",
      "description": "What is here."
    },
    {
      "name": "writes",
      "description": "Refused, always: 405. They are here so that a client made from this document knows."
    },
    {
      "name": "admin",
      "description": "For whoever looks after the registry, on a listener of its own that is off by default and on loopback unless it is told otherwise\n(`--admin`). It has no login. The registry itself answers 404 for all of them.\n"
    }
  ],
  "security": [
    {},
    {
      "basic": []
    },
    {
      "bearer": []
    }
  ],
  "paths": {
    "/v2/": {
      "get": {
        "operationId": "getBase",
        "tags": [
          "pull"
        ],
        "summary": "Is this a registry?",
        "description": "200 says that the distribution specification is spoken here, and that the caller may go on. Docker, podman and\ncrane ask this first, and learn from a 401 how to log in. A host in the query is ignored here.\n",
        "responses": {
          "200": {
            "$ref": "#/components/responses/Base"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headBase",
        "tags": [
          "pull"
        ],
        "summary": "Is this a registry? (without the body)",
        "responses": {
          "200": {
            "$ref": "#/components/responses/Base"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      }
    },
    "/v2/{name}/manifests/{reference}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "$ref": "#/components/parameters/reference"
        }
      ],
      "get": {
        "operationId": "getManifest",
        "tags": [
          "pull"
        ],
        "summary": "Pull a manifest",
        "description": "The stored bytes, exactly, with the media type they were stored with, whatever `Accept` says: a manifest is never\nconverted, and no platform is picked from an index. By tag, digest, type and bytes are of one moment.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Manifest"
          },
          "304": {
            "$ref": "#/components/responses/ContentNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headManifest",
        "tags": [
          "pull"
        ],
        "summary": "Look up a manifest",
        "description": "Digest, media type and size, without the bytes. Docker and containerd turn a tag into a digest so; against\nDocker Hub a HEAD does not count as a pull.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Manifest"
          },
          "304": {
            "$ref": "#/components/responses/ContentNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "put": {
        "operationId": "putManifest",
        "tags": [
          "writes"
        ],
        "summary": "Push a manifest (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      },
      "delete": {
        "operationId": "deleteManifest",
        "tags": [
          "writes"
        ],
        "summary": "Delete a manifest or a tag (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      }
    },
    "/v2/{name}/blobs/{digest}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "$ref": "#/components/parameters/digest"
        }
      ],
      "get": {
        "operationId": "getBlob",
        "tags": [
          "pull"
        ],
        "summary": "Pull a blob",
        "description": "A layer, a config, or any other bytes that a manifest of this repository names. One range of bytes may be asked\nfor, which is how clients go on after a broken download. Several ranges, another unit, or what is no range at\nall, are answered with the whole blob; so is every range of an empty blob.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          },
          {
            "$ref": "#/components/parameters/range"
          },
          {
            "$ref": "#/components/parameters/ifRange"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Blob"
          },
          "206": {
            "$ref": "#/components/responses/BlobPart"
          },
          "304": {
            "$ref": "#/components/responses/ContentNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "416": {
            "$ref": "#/components/responses/RangeNotSatisfiable"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headBlob",
        "tags": [
          "pull"
        ],
        "summary": "Look up a blob",
        "description": "Its size, without the bytes. A `Range` is ignored.",
        "parameters": [
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Blob"
          },
          "304": {
            "$ref": "#/components/responses/ContentNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "delete": {
        "operationId": "deleteBlob",
        "tags": [
          "writes"
        ],
        "summary": "Delete a blob (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      }
    },
    "/v2/{name}/blobs/uploads/": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "post": {
        "operationId": "startUpload",
        "tags": [
          "writes"
        ],
        "summary": "Start an upload, or mount a blob (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      }
    },
    "/v2/{name}/blobs/uploads/{uuid}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "$ref": "#/components/parameters/uuid"
        }
      ],
      "get": {
        "operationId": "getUpload",
        "tags": [
          "writes"
        ],
        "summary": "State of an upload (there is never one)",
        "responses": {
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headUpload",
        "tags": [
          "writes"
        ],
        "summary": "State of an upload (there is never one)",
        "responses": {
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "patch": {
        "operationId": "patchUpload",
        "tags": [
          "writes"
        ],
        "summary": "Upload a chunk (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      },
      "put": {
        "operationId": "putUpload",
        "tags": [
          "writes"
        ],
        "summary": "Finish an upload (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      },
      "delete": {
        "operationId": "deleteUpload",
        "tags": [
          "writes"
        ],
        "summary": "Cancel an upload (refused)",
        "responses": {
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "405": {
            "$ref": "#/components/responses/Refused"
          }
        }
      }
    },
    "/v2/{name}/tags/list": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        }
      ],
      "get": {
        "operationId": "listTags",
        "tags": [
          "discovery"
        ],
        "summary": "List the tags of a repository",
        "description": "By code point: `A` before `_` before `a`. Without `n` all of them, up to 10 000. Follow `Link` for the rest.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/n"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/TagList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headTags",
        "tags": [
          "discovery"
        ],
        "summary": "List the tags of a repository (without the body)",
        "parameters": [
          {
            "$ref": "#/components/parameters/n"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/TagList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      }
    },
    "/v2/{name}/referrers/{digest}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/name"
        },
        {
          "$ref": "#/components/parameters/digest"
        }
      ],
      "get": {
        "operationId": "listReferrers",
        "tags": [
          "discovery"
        ],
        "summary": "List what refers to a manifest",
        "description": "Signatures, SBOMs, attestations: every manifest here whose `subject` is this digest, as an index. Never 404 for\nwant of any: the list is empty then, and it is empty for a repository that is not here.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/artifactType"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/ReferrerList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headReferrers",
        "tags": [
          "discovery"
        ],
        "summary": "List what refers to a manifest (without the body)",
        "parameters": [
          {
            "$ref": "#/components/parameters/artifactType"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ns"
          },
          {
            "$ref": "#/components/parameters/registry"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/ReferrerList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      }
    },
    "/v2/_catalog": {
      "get": {
        "operationId": "listRepositories",
        "tags": [
          "discovery"
        ],
        "summary": "List the repositories",
        "description": "The full names of what is here, by code point; an upstream is not asked. It is no longer part of the\nspecification, but `crane catalog`, `oras repo ls` and many scripts use it. It can be switched off (404).\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/n"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/RepositoryList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      },
      "head": {
        "operationId": "headRepositories",
        "tags": [
          "discovery"
        ],
        "summary": "List the repositories (without the body)",
        "parameters": [
          {
            "$ref": "#/components/parameters/n"
          },
          {
            "$ref": "#/components/parameters/last"
          },
          {
            "$ref": "#/components/parameters/ifNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/RepositoryList"
          },
          "304": {
            "$ref": "#/components/responses/ListNotModified"
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "401": {
            "$ref": "#/components/responses/Unauthorized"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "5XX": {
            "$ref": "#/components/responses/Failed"
          }
        }
      }
    },
    "/livez": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "getLiveness",
        "tags": [
          "admin"
        ],
        "summary": "Does the process run?",
        "description": "200 while it does. Whoever restarts what hangs asks this.",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Alive"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/readyz": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "getReadiness",
        "tags": [
          "admin"
        ],
        "summary": "Can images be served?",
        "description": "Whoever sends clients here asks this. It says no while the server starts and while it stops.",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Ready"
          },
          "503": {
            "$ref": "#/components/responses/Ready"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/metrics": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "getMetrics",
        "tags": [
          "admin"
        ],
        "summary": "Metrics, for Prometheus",
        "description": "The text format of Prometheus, or OpenMetrics where `Accept` wants that.",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Metrics"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/reload": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "post": {
        "operationId": "reload",
        "tags": [
          "admin"
        ],
        "summary": "Read the configuration again",
        "description": "Configuration, certificates and password files, as SIGHUP does. All of it is checked before any of it counts: when something\nis wrong, 422 says what, and everything stays as it was. What has changed and needs a restart is in the log.\n",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/Reloaded"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/images": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "listImages",
        "tags": [
          "admin"
        ],
        "summary": "List the images",
        "description": "As `ociregistry list --json` does, of all folders that are served.",
        "security": [],
        "parameters": [
          {
            "$ref": "#/components/parameters/pattern"
          }
        ],
        "responses": {
          "200": {
            "$ref": "#/components/responses/ImageList"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/prune": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "post": {
        "operationId": "prune",
        "tags": [
          "admin"
        ],
        "summary": "Remove images",
        "description": "As `ociregistry prune --json` does. Unless `dryRun` is false, it only tells what would go. One at a time: 409 while another\none runs.\n",
        "security": [],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/PruneRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "$ref": "#/components/responses/Pruned"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/fills": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "listFills",
        "tags": [
          "admin"
        ],
        "summary": "What is being fetched",
        "description": "The blobs that come in from upstreams just now.",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/FillList"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    },
    "/upstreams": {
      "servers": [
        {
          "url": "http://{host}:{port}",
          "description": "The admin listener, of `ociregistry serve --admin 5001`.",
          "variables": {
            "host": {
              "default": "127.0.0.1"
            },
            "port": {
              "default": "5001"
            }
          }
        }
      ],
      "get": {
        "operationId": "listUpstreams",
        "tags": [
          "admin"
        ],
        "summary": "How the upstreams do",
        "description": "Each endpoint with its breaker, its last answer, and what it said that it will still answer.",
        "security": [],
        "responses": {
          "200": {
            "$ref": "#/components/responses/UpstreamList"
          },
          "4XX": {
            "$ref": "#/components/responses/AdminRefused"
          },
          "5XX": {
            "$ref": "#/components/responses/AdminFailed"
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A user of the password file, if the registry has one."
      },
      "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token from the service that the 401 names."
      }
    },
    "parameters": {
      "name": {
        "name": "name",
        "in": "path",
        "required": true,
        "x-multi-segment": true,
        "description": "The repository: lower case components with slashes between them. The first may be a host: `docker.io/library/alpine`.\nA host with a port, `127.0.0.1:5001/library/alpine`, is taken only where it is configured, and without `ns` and\n`X-Registry`; else a name cannot hold a colon.\n",
        "schema": {
          "$ref": "#/components/schemas/RepositoryName"
        },
        "example": "sample/hello"
      },
      "reference": {
        "name": "reference",
        "in": "path",
        "required": true,
        "description": "A tag, or a digest. With a colon it is a digest, without one it is a tag.",
        "schema": {
          "type": "string",
          "maxLength": 512,
          "pattern": "^(?:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}|sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}|blake3:[a-f0-9]{64}|(?!(?:sha256|sha512|blake3):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+)$"
        },
        "examples": {
          "tag": {
            "value": "latest"
          },
          "digest": {
            "value": "sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4"
          }
        }
      },
      "digest": {
        "name": "digest",
        "in": "path",
        "required": true,
        "description": "The digest of the bytes, `sha256:` and 64 hexadecimal digits in lower case.",
        "schema": {
          "$ref": "#/components/schemas/Digest"
        },
        "example": "sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4"
      },
      "uuid": {
        "name": "uuid",
        "in": "path",
        "required": true,
        "description": "An upload. No upload is ever begun, so any text will do.",
        "schema": {
          "type": "string"
        },
        "example": "3dd0b6a8-0b2c-4f0e-9c3b-6f5a3f0f7c11"
      },
      "ns": {
        "name": "ns",
        "in": "query",
        "allowReserved": true,
        "description": "The host of the registry that the image is from, as the user typed it, when this registry is asked as its mirror.\ncontainerd sends it. A host that is not known here: 404 NAME_UNKNOWN.\nhttps://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying\n",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255
        }
      },
      "registry": {
        "name": "X-Registry",
        "in": "header",
        "description": "The same as `ns`, for clients that can set a header but not a query. If both are sent they must agree.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^[^,\\s]+$"
        }
      },
      "n": {
        "name": "n",
        "in": "query",
        "description": "At most so many entries, 1000 however many are asked for; `Link` leads to the rest. 0 is an empty list. Empty is absent.\n",
        "schema": {
          "type": "integer",
          "minimum": 0
        }
      },
      "last": {
        "name": "last",
        "in": "query",
        "allowReserved": true,
        "description": "Only entries that come after this one, which need not exist.",
        "schema": {
          "type": "string"
        }
      },
      "artifactType": {
        "name": "artifactType",
        "in": "query",
        "allowReserved": true,
        "description": "Only referrers of this type; given more than once, of any of these.",
        "style": "form",
        "explode": true,
        "schema": {
          "type": "array",
          "items": {
            "type": "string"
          }
        }
      },
      "pattern": {
        "name": "pattern",
        "in": "query",
        "allowReserved": true,
        "description": "Only images that match this glob over `repository:tag`; given more than once, any of these.",
        "style": "form",
        "explode": true,
        "schema": {
          "type": "array",
          "maxItems": 100,
          "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000
          }
        }
      },
      "ifNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETags that the client has already: 304 when the answer would be one of them. `*` is any. Quotes may be left out.",
        "schema": {
          "type": "string"
        }
      },
      "range": {
        "name": "Range",
        "in": "header",
        "description": "One range of bytes: `bytes=0-1023`, `bytes=1024-`, or the last so many, `bytes=-512`.",
        "schema": {
          "type": "string"
        }
      },
      "ifRange": {
        "name": "If-Range",
        "in": "header",
        "description": "An ETag. The range is honoured only if it is that of the blob, else the whole blob is sent.",
        "schema": {
          "type": "string"
        }
      }
    },
    "headers": {
      "ApiVersion": {
        "description": "The registry protocol. On every answer below `/v2/`.",
        "required": true,
        "schema": {
          "type": "string",
          "const": "registry/2.0"
        }
      },
      "RequestId": {
        "description": "The client's own `X-Request-Id`, if it was well formed, else one made here. It is in the log.",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^[A-Za-z0-9._-]{1,128}$"
        }
      },
      "Namespace": {
        "description": "The host that was taken from `ns`, from `X-Registry`, or, with a port, from the front of the path.",
        "schema": {
          "type": "string"
        }
      },
      "ContentLength": {
        "description": "In bytes.",
        "required": true,
        "schema": {
          "type": "integer",
          "minimum": 0
        }
      },
      "ContentDigest": {
        "description": "The digest of the whole manifest or blob. By digest, the one that was asked for.",
        "required": true,
        "schema": {
          "$ref": "#/components/schemas/Digest"
        }
      },
      "ETag": {
        "description": "Strong: the digest, in quotes. Of a list, the digest of this page.",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^\"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+\"$"
        },
        "example": "\"sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4\""
      },
      "CacheControl": {
        "description": "What was asked for by digest never changes; what was asked for by tag, and every list, may.",
        "required": true,
        "schema": {
          "type": "string",
          "enum": [
            "public, max-age=31536000, immutable",
            "private, max-age=31536000, immutable",
            "no-cache"
          ]
        }
      },
      "NoStore": {
        "description": "Errors are not to be kept.",
        "required": true,
        "schema": {
          "type": "string",
          "const": "no-store"
        }
      },
      "Fresh": {
        "description": "It is another answer the next time.",
        "required": true,
        "schema": {
          "type": "string",
          "const": "no-store"
        }
      },
      "CacheStatus": {
        "description": "How it was come by (RFC 9211). `hit`: it was here, nobody else was asked. `fwd=miss`: an upstream was asked, as it was not here;\nwith `collapsed`, by an earlier request that this one waited for. `fwd=stale; detail=revalidated`: the upstream was asked\nwhether what is here is still right, and it was. `hit; ttl=-90; detail=\"…\"`: it could not be looked up again, which has been\ndue for so many seconds; `detail` says why, and so does `Warning`.\n",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^ociregistry(?:; [a-z][a-z-]*(?:=(?:-?[0-9]{1,15}|[A-Za-z][A-Za-z0-9_.-]*|\"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"))?)+$"
        },
        "example": "ociregistry; hit"
      },
      "FailedCacheStatus": {
        "description": "Why it is not here (RFC 9211), on what answers a GET or a HEAD below `/v2/`. `fwd=miss`: an upstream was asked; `fwd-status` is\nwhat it answered, if it did, and `detail` how it failed: `denied`, `rate-limited`, `timeout`, `unreachable`, `failed`, `invalid`.\n`detail=unavailable`: it was not asked, as it failed too often just before. Otherwise `detail` is the code of the error.\n",
        "schema": {
          "type": "string",
          "pattern": "^ociregistry(?:; [a-z][a-z-]*(?:=(?:-?[0-9]{1,15}|[A-Za-z][A-Za-z0-9_.-]*|\"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"))?)+$"
        },
        "example": "ociregistry; fwd=miss; fwd-status=429; detail=rate-limited"
      },
      "UnsatisfiedCacheStatus": {
        "description": "That the range is why there is nothing (RFC 9211).",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^ociregistry(?:; [a-z][a-z-]*(?:=(?:-?[0-9]{1,15}|[A-Za-z][A-Za-z0-9_.-]*|\"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"))?)+$"
        },
        "example": "ociregistry; detail=RANGE_NOT_SATISFIABLE"
      },
      "RetryAfter": {
        "description": "When to ask again, in seconds; on every 503.",
        "schema": {
          "type": "integer",
          "minimum": 1
        }
      },
      "AcceptRanges": {
        "description": "One range of bytes may be asked for.",
        "required": true,
        "schema": {
          "type": "string",
          "const": "bytes"
        }
      },
      "ContentRange": {
        "description": "The part that is sent, and the size of the whole.",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^bytes \\d+-\\d+/\\d+$"
        },
        "example": "bytes 500-1499/2048"
      },
      "UnsatisfiedRange": {
        "description": "The size of the whole.",
        "required": true,
        "schema": {
          "type": "string",
          "pattern": "^bytes \\*/\\d+$"
        },
        "example": "bytes */2048"
      },
      "Allow": {
        "description": "What may be done here.",
        "required": true,
        "schema": {
          "type": "string",
          "const": "GET, HEAD"
        }
      },
      "Challenge": {
        "description": "How to log in (RFC 9110, 11.6.1).",
        "required": true,
        "schema": {
          "type": "string"
        }
      }
    },
    "responses": {
      "Base": {
        "description": "It is, and the caller may go on.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "maxProperties": 0
            },
            "example": {}
          }
        }
      },
      "Manifest": {
        "description": "The manifest. Its media type is its own, without parameters; an unknown one is served as it is.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Docker-Content-Digest": {
            "$ref": "#/components/headers/ContentDigest"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          }
        },
        "content": {
          "application/vnd.oci.image.index.v1+json": {
            "schema": {
              "$ref": "#/components/schemas/Index"
            }
          },
          "application/vnd.oci.image.manifest.v1+json": {
            "schema": {
              "$ref": "#/components/schemas/Manifest"
            }
          },
          "application/vnd.docker.distribution.manifest.list.v2+json": {
            "schema": {
              "$ref": "#/components/schemas/Index"
            }
          },
          "application/vnd.docker.distribution.manifest.v2+json": {
            "schema": {
              "$ref": "#/components/schemas/Manifest"
            }
          },
          "application/*": {
            "schema": {
              "type": "object"
            }
          }
        }
      },
      "Blob": {
        "description": "The blob. What its bytes are is in the manifest that names it.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Accept-Ranges": {
            "$ref": "#/components/headers/AcceptRanges"
          },
          "Docker-Content-Digest": {
            "$ref": "#/components/headers/ContentDigest"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          }
        },
        "content": {
          "application/octet-stream": {
            "schema": {
              "type": "string",
              "format": "binary"
            }
          }
        }
      },
      "BlobPart": {
        "description": "The part of the blob that was asked for.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Content-Range": {
            "$ref": "#/components/headers/ContentRange"
          },
          "Accept-Ranges": {
            "$ref": "#/components/headers/AcceptRanges"
          },
          "Docker-Content-Digest": {
            "$ref": "#/components/headers/ContentDigest"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          }
        },
        "content": {
          "application/octet-stream": {
            "schema": {
              "type": "string",
              "format": "binary"
            }
          }
        }
      },
      "TagList": {
        "description": "The tags, or a page of them.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          },
          "Link": {
            "description": "Where the next page is, when there is one.",
            "schema": {
              "type": "string",
              "pattern": "^</v2/[^<>;]+>; rel=\"next\"$"
            },
            "example": "</v2/sample/hello/tags/list?n=100&last=v1.9>; rel=\"next\""
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/TagList"
            }
          }
        }
      },
      "ReferrerList": {
        "description": "The referrers, as an index.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          },
          "OCI-Filters-Applied": {
            "description": "What the list was filtered by, if it was.",
            "schema": {
              "type": "string",
              "const": "artifactType"
            }
          },
          "Link": {
            "description": "Where the next page is, when there is one.",
            "schema": {
              "type": "string",
              "pattern": "^</v2/[^<>;]+>; rel=\"next\"$"
            },
            "example": "</v2/sample/hello/tags/list?n=100&last=v1.9>; rel=\"next\""
          }
        },
        "content": {
          "application/vnd.oci.image.index.v1+json": {
            "schema": {
              "$ref": "#/components/schemas/ReferrerList"
            }
          }
        }
      },
      "RepositoryList": {
        "description": "The repositories, or a page of them.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Link": {
            "description": "Where the next page is, when there is one.",
            "schema": {
              "type": "string",
              "pattern": "^</v2/[^<>;]+>; rel=\"next\"$"
            },
            "example": "</v2/sample/hello/tags/list?n=100&last=v1.9>; rel=\"next\""
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/RepositoryList"
            }
          }
        }
      },
      "ContentNotModified": {
        "description": "The client has it already.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Docker-Content-Digest": {
            "$ref": "#/components/headers/ContentDigest"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          }
        }
      },
      "ListNotModified": {
        "description": "The client has it already.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "ETag": {
            "$ref": "#/components/headers/ETag"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/CacheControl"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/CacheStatus"
          },
          "Age": {
            "description": "For how long it could not be looked up again, in seconds; only on what is stale.",
            "schema": {
              "type": "integer",
              "minimum": 0
            }
          },
          "Warning": {
            "description": "That this is what was stored, as it could not be looked up again; only on what is stale. For people.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings\n",
            "schema": {
              "type": "string",
              "maxLength": 4096,
              "pattern": "^299 - \"(?:[ !#-[\\]-~]|\\\\[\"\\\\])*\"$"
            },
            "example": "299 - \"from the store, not looked up again: docker.io is out of reach\""
          }
        }
      },
      "BadRequest": {
        "description": "Something in the request is malformed: NAME_INVALID, DIGEST_INVALID, or UNSUPPORTED for a parameter.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/FailedCacheStatus"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            },
            "example": {
              "errors": [
                {
                  "code": "DIGEST_INVALID",
                  "message": "not a digest: \"sha256:abc\""
                }
              ]
            }
          }
        }
      },
      "Unauthorized": {
        "description": "Log in first: UNAUTHORIZED. Only where a login is configured.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/FailedCacheStatus"
          },
          "WWW-Authenticate": {
            "$ref": "#/components/headers/Challenge"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            }
          }
        }
      },
      "Denied": {
        "description": "DENIED. The caller is known and may not; or it is not here, and the upstream that the message names refused us. What a\nregistry does not have it may refuse like that, too: Docker Hub says so of every repository that it does not know.\n",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/FailedCacheStatus"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            }
          }
        }
      },
      "NotFound": {
        "description": "It is not here: NAME_UNKNOWN (no such repository or host), MANIFEST_UNKNOWN, BLOB_UNKNOWN, BLOB_UPLOAD_UNKNOWN. A reference\nthat can be neither tag nor digest is MANIFEST_UNKNOWN too. A path that is not in this document is UNSUPPORTED.\n",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/FailedCacheStatus"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            },
            "example": {
              "errors": [
                {
                  "code": "MANIFEST_UNKNOWN",
                  "message": "sample/hello has no \"v9\""
                }
              ]
            }
          }
        }
      },
      "Refused": {
        "description": "This registry can only be pulled from: UNSUPPORTED.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Allow": {
            "$ref": "#/components/headers/Allow"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            },
            "example": {
              "errors": [
                {
                  "code": "UNSUPPORTED",
                  "message": "this registry can only be pulled from"
                }
              ]
            }
          }
        }
      },
      "RangeNotSatisfiable": {
        "description": "The range lies outside of the blob. No body.",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Content-Range": {
            "$ref": "#/components/headers/UnsatisfiedRange"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/UnsatisfiedCacheStatus"
          }
        }
      },
      "Failed": {
        "description": "500: something went wrong here, the log says what. All others: it is not here, and the upstream that the message names\ncannot be had it from. 502: it could not be reached, failed, or answered with what cannot be right. 503: it wants to be\nleft alone for now, or failed too often just before; `Retry-After` says when to ask again. 504: it did not answer in time.\nThe code is UNAVAILABLE for 503, else UNKNOWN.\n",
        "headers": {
          "Docker-Distribution-API-Version": {
            "$ref": "#/components/headers/ApiVersion"
          },
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "OCI-Namespace": {
            "$ref": "#/components/headers/Namespace"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/NoStore"
          },
          "Cache-Status": {
            "$ref": "#/components/headers/FailedCacheStatus"
          },
          "Retry-After": {
            "$ref": "#/components/headers/RetryAfter"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            },
            "example": {
              "errors": [
                {
                  "code": "UNKNOWN",
                  "message": "internal error"
                }
              ]
            }
          }
        }
      },
      "Alive": {
        "description": "It does.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Liveness"
            }
          }
        }
      },
      "Ready": {
        "description": "Whether they can, and if not, why.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Readiness"
            }
          }
        }
      },
      "Metrics": {
        "description": "All metrics.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "text/plain; version=0.0.4; charset=utf-8": {
            "schema": {
              "type": "string"
            }
          },
          "application/openmetrics-text; version=1.0.0; charset=utf-8": {
            "schema": {
              "type": "string"
            }
          }
        }
      },
      "Reloaded": {
        "description": "What is in force now that was not before.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Reloaded"
            }
          }
        }
      },
      "ImageList": {
        "description": "The images, and what is not served.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ImageList"
            }
          }
        }
      },
      "Pruned": {
        "description": "What went, or would.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Pruned"
            }
          }
        }
      },
      "FillList": {
        "description": "What comes in.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/FillList"
            }
          }
        }
      },
      "UpstreamList": {
        "description": "The upstreams, as they are configured. None where nothing may be fetched.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/UpstreamList"
            }
          }
        }
      },
      "AdminRefused": {
        "description": "What was asked for makes no sense (400, 413, 415, 422), is not allowed from there (403), or not now (409).",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            }
          }
        }
      },
      "AdminFailed": {
        "description": "Something went wrong here; the log says what.",
        "headers": {
          "X-Request-Id": {
            "$ref": "#/components/headers/RequestId"
          },
          "Content-Length": {
            "$ref": "#/components/headers/ContentLength"
          },
          "Cache-Control": {
            "$ref": "#/components/headers/Fresh"
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/Errors"
            }
          }
        }
      }
    },
    "schemas": {
      "RepositoryName": {
        "type": "string",
        "maxLength": 255,
        "pattern": "^[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*$"
      },
      "Digest": {
        "type": "string",
        "maxLength": 512,
        "description": "https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests",
        "example": "sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4",
        "pattern": "^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}|blake3:[a-f0-9]{64}|(?!(?:sha256|sha512|blake3):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+)$"
      },
      "ErrorCode": {
        "type": "string",
        "description": "Of the specification's codes, those that a registry for pulling has a use for; and UNKNOWN and UNAVAILABLE, with a status of 500 and above only.\nhttps://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes\n",
        "enum": [
          "BLOB_UNKNOWN",
          "BLOB_UPLOAD_UNKNOWN",
          "DENIED",
          "DIGEST_INVALID",
          "MANIFEST_UNKNOWN",
          "NAME_INVALID",
          "NAME_UNKNOWN",
          "UNAUTHORIZED",
          "UNSUPPORTED",
          "UNKNOWN",
          "UNAVAILABLE"
        ]
      },
      "Errors": {
        "type": "object",
        "required": [
          "errors"
        ],
        "additionalProperties": false,
        "properties": {
          "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
              "type": "object",
              "required": [
                "code",
                "message"
              ],
              "additionalProperties": false,
              "properties": {
                "code": {
                  "$ref": "#/components/schemas/ErrorCode"
                },
                "message": {
                  "type": "string",
                  "minLength": 1,
                  "description": "For people."
                },
                "detail": {
                  "description": "Any JSON: what the message is about."
                }
              }
            }
          }
        }
      },
      "Descriptor": {
        "type": "object",
        "description": "https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md",
        "required": [
          "mediaType",
          "digest",
          "size"
        ],
        "properties": {
          "mediaType": {
            "type": "string"
          },
          "digest": {
            "$ref": "#/components/schemas/Digest"
          },
          "size": {
            "type": "integer",
            "minimum": 0,
            "description": "In bytes."
          },
          "artifactType": {
            "type": "string"
          },
          "platform": {
            "type": "object",
            "required": [
              "os",
              "architecture"
            ],
            "properties": {
              "os": {
                "type": "string",
                "example": "linux"
              },
              "architecture": {
                "type": "string",
                "example": "arm64"
              },
              "variant": {
                "type": "string",
                "example": "v8"
              }
            }
          },
          "annotations": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "Manifest": {
        "type": "object",
        "description": "One image or artifact: a config and layers. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md\n",
        "required": [
          "schemaVersion",
          "config",
          "layers"
        ],
        "properties": {
          "schemaVersion": {
            "type": "integer",
            "const": 2
          },
          "mediaType": {
            "type": "string"
          },
          "artifactType": {
            "type": "string"
          },
          "config": {
            "$ref": "#/components/schemas/Descriptor"
          },
          "layers": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Descriptor"
            }
          },
          "subject": {
            "$ref": "#/components/schemas/Descriptor"
          },
          "annotations": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "Index": {
        "type": "object",
        "description": "Manifests, mostly one for each platform. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md\n",
        "required": [
          "schemaVersion",
          "manifests"
        ],
        "properties": {
          "schemaVersion": {
            "type": "integer",
            "const": 2
          },
          "mediaType": {
            "type": "string"
          },
          "artifactType": {
            "type": "string"
          },
          "manifests": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Descriptor"
            }
          },
          "subject": {
            "$ref": "#/components/schemas/Descriptor"
          },
          "annotations": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "ReferrerList": {
        "type": "object",
        "required": [
          "schemaVersion",
          "mediaType",
          "manifests"
        ],
        "additionalProperties": false,
        "properties": {
          "schemaVersion": {
            "type": "integer",
            "const": 2
          },
          "mediaType": {
            "type": "string",
            "const": "application/vnd.oci.image.index.v1+json"
          },
          "manifests": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Descriptor"
            }
          }
        }
      },
      "TagList": {
        "type": "object",
        "required": [
          "name",
          "tags"
        ],
        "additionalProperties": false,
        "properties": {
          "name": {
            "description": "As it was asked for, with the host that began the path, if it has a port.",
            "type": "string",
            "maxLength": 511,
            "pattern": "^(?:(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*$"
          },
          "tags": {
            "type": "array",
            "uniqueItems": true,
            "items": {
              "type": "string",
              "pattern": "^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$"
            }
          }
        },
        "example": {
          "name": "sample/hello",
          "tags": [
            "latest"
          ]
        }
      },
      "RepositoryList": {
        "type": "object",
        "required": [
          "repositories"
        ],
        "additionalProperties": false,
        "properties": {
          "repositories": {
            "type": "array",
            "uniqueItems": true,
            "items": {
              "type": "string"
            }
          }
        },
        "example": {
          "repositories": [
            "sample/hello"
          ]
        }
      },
      "Liveness": {
        "type": "object",
        "required": [
          "alive"
        ],
        "additionalProperties": false,
        "properties": {
          "alive": {
            "type": "boolean",
            "const": true
          }
        }
      },
      "Readiness": {
        "type": "object",
        "required": [
          "ready",
          "reasons"
        ],
        "additionalProperties": false,
        "properties": {
          "ready": {
            "type": "boolean"
          },
          "reasons": {
            "description": "Why not; empty when it is ready.",
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "code",
                "message"
              ],
              "additionalProperties": false,
              "properties": {
                "code": {
                  "type": "string",
                  "enum": [
                    "FOLDER_UNREADABLE",
                    "DISK_FULL",
                    "FIRST_INDEX_RUNNING",
                    "STOPPING"
                  ]
                },
                "message": {
                  "type": "string",
                  "minLength": 1,
                  "description": "For people."
                }
              }
            }
          }
        },
        "example": {
          "ready": false,
          "reasons": [
            {
              "code": "FIRST_INDEX_RUNNING",
              "message": "archives are looked into for the first time"
            }
          ]
        }
      },
      "Reloaded": {
        "type": "object",
        "required": [
          "changed",
          "message"
        ],
        "additionalProperties": false,
        "properties": {
          "changed": {
            "description": "The keys of the configuration, and the files, that say something else now.",
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "message": {
            "type": "string",
            "minLength": 1,
            "description": "For people."
          }
        },
        "example": {
          "changed": [
            "auth.rules"
          ],
          "message": "what changed is in force"
        }
      },
      "Problem": {
        "type": "object",
        "required": [
          "path",
          "reason"
        ],
        "additionalProperties": false,
        "properties": {
          "path": {
            "type": "string"
          },
          "reason": {
            "type": "string"
          }
        }
      },
      "ImageList": {
        "type": "object",
        "required": [
          "images",
          "problems"
        ],
        "additionalProperties": false,
        "properties": {
          "images": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "repository",
                "tag",
                "digest",
                "mediaType",
                "kind",
                "platforms",
                "size",
                "created",
                "source",
                "path"
              ],
              "additionalProperties": false,
              "properties": {
                "repository": {
                  "type": "string"
                },
                "tag": {
                  "type": "string"
                },
                "digest": {
                  "$ref": "#/components/schemas/Digest"
                },
                "mediaType": {
                  "type": "string"
                },
                "kind": {
                  "type": "string",
                  "enum": [
                    "image",
                    "index",
                    "artifact"
                  ]
                },
                "platforms": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                },
                "size": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "In bytes."
                },
                "created": {
                  "type": [
                    "string",
                    "null"
                  ],
                  "format": "date-time"
                },
                "source": {
                  "type": [
                    "string",
                    "null"
                  ],
                  "description": "Where it was fetched or loaded from."
                },
                "path": {
                  "type": "string",
                  "description": "Where it lies."
                }
              }
            }
          },
          "problems": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "PruneRequest": {
        "type": "object",
        "description": "All that is given must hold; at least one criterion must be given.",
        "additionalProperties": false,
        "properties": {
          "pattern": {
            "description": "Globs over `repository:tag`, any of which must match.",
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1000
            }
          },
          "olderThan": {
            "description": "Fetched or loaded so long ago, like `30d`.",
            "type": "string",
            "maxLength": 20
          },
          "unusedFor": {
            "description": "Not pulled for so long, like `30d`.",
            "type": "string",
            "maxLength": 20
          },
          "keep": {
            "description": "Spares the newest tags of each repository, so many; alone, removes the others.",
            "type": "integer",
            "minimum": 1,
            "maximum": 999999999
          },
          "maxBytes": {
            "description": "Removes what is unused the longest until the rest takes no more, like `50GiB`.",
            "type": "string",
            "maxLength": 30
          },
          "unreferenced": {
            "description": "Also what lost its tag to a newer image, and blobs that no image has.",
            "type": "boolean"
          },
          "dryRun": {
            "description": "Only tells what would go.",
            "type": "boolean",
            "default": true
          }
        },
        "example": {
          "unusedFor": "30d",
          "keep": 3,
          "unreferenced": true
        }
      },
      "Pruned": {
        "type": "object",
        "required": [
          "dryRun",
          "images",
          "files",
          "freedBytes",
          "heldBytes",
          "problems"
        ],
        "additionalProperties": false,
        "properties": {
          "dryRun": {
            "type": "boolean"
          },
          "images": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "repository",
                "tag",
                "digest",
                "size",
                "reasons",
                "fetched",
                "lastUsed"
              ],
              "additionalProperties": false,
              "properties": {
                "repository": {
                  "type": "string"
                },
                "tag": {
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "digest": {
                  "$ref": "#/components/schemas/Digest"
                },
                "size": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "In bytes."
                },
                "reasons": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  }
                },
                "fetched": {
                  "type": [
                    "string",
                    "null"
                  ],
                  "format": "date-time"
                },
                "lastUsed": {
                  "type": [
                    "string",
                    "null"
                  ],
                  "format": "date-time"
                }
              }
            }
          },
          "files": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "path",
                "digest",
                "size",
                "reason"
              ],
              "additionalProperties": false,
              "properties": {
                "path": {
                  "type": "string"
                },
                "digest": {
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "size": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "In bytes."
                },
                "reason": {
                  "type": "string"
                }
              }
            }
          },
          "freedBytes": {
            "type": "integer",
            "minimum": 0
          },
          "heldBytes": {
            "type": "integer",
            "minimum": 0,
            "description": "What is left of all blobs that were fetched or loaded."
          },
          "problems": {
            "type": "array",
            "description": "Why something stayed that might have gone.",
            "items": {
              "type": "string"
            }
          }
        }
      },
      "FillList": {
        "type": "object",
        "required": [
          "fills"
        ],
        "additionalProperties": false,
        "properties": {
          "fills": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "digest",
                "repositories",
                "received",
                "size",
                "readers"
              ],
              "additionalProperties": false,
              "properties": {
                "digest": {
                  "$ref": "#/components/schemas/Digest"
                },
                "repositories": {
                  "type": "array",
                  "items": {
                    "type": "string"
                  },
                  "description": "Those that get it."
                },
                "received": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "Bytes so far."
                },
                "size": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "In bytes."
                },
                "readers": {
                  "type": "integer",
                  "minimum": 0,
                  "description": "How many read it while it comes."
                }
              }
            }
          }
        }
      },
      "UpstreamList": {
        "type": "object",
        "required": [
          "upstreams"
        ],
        "additionalProperties": false,
        "properties": {
          "upstreams": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "host",
                "endpoints"
              ],
              "additionalProperties": false,
              "properties": {
                "host": {
                  "type": "string"
                },
                "endpoints": {
                  "type": "array",
                  "items": {
                    "$ref": "#/components/schemas/UpstreamEndpoint"
                  }
                }
              }
            }
          }
        }
      },
      "UpstreamEndpoint": {
        "type": "object",
        "required": [
          "origin",
          "breaker",
          "pausedMs"
        ],
        "additionalProperties": false,
        "properties": {
          "origin": {
            "type": "string"
          },
          "breaker": {
            "description": "`open` while it is left alone, as it failed too often; `probing` while one request tries it.",
            "type": "string",
            "enum": [
              "closed",
              "open",
              "probing"
            ]
          },
          "opensAgainMs": {
            "type": "number",
            "minimum": 0,
            "description": "After how long it is tried again."
          },
          "pausedMs": {
            "type": "number",
            "minimum": 0,
            "description": "For how long it wants to be left alone."
          },
          "lastStatus": {
            "type": "integer",
            "description": "Of its last answer."
          },
          "rateLimit": {
            "description": "What it said last that it will still answer.",
            "type": "object",
            "required": [
              "remaining"
            ],
            "additionalProperties": false,
            "properties": {
              "limit": {
                "type": "integer"
              },
              "remaining": {
                "type": "integer"
              },
              "windowSeconds": {
                "type": "integer"
              },
              "resetSeconds": {
                "type": "integer"
              },
              "source": {
                "type": "string",
                "description": "Whom it counts."
              }
            }
          }
        }
      }
    }
  }
};
