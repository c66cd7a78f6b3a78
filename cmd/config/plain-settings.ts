import { MAX_MANIFEST_BYTES } from '../../api/oci/manifest.ts';
import type { Setting } from './setting.ts';
import * as values from './values.ts';
import { formatSize, parseRate, parseSize, RATES, SIZES } from '../size.ts';

// Settings without a flag: set by the configuration file or a variable.

export const accessLog: Setting<boolean> = {
  key: 'log.accessLog',
  help: 'whether each request is logged, at level info',
  default: 'true',
  parse: values.parseBoolean,
  allowed: values.BOOLEANS,
};

export const audit: Setting<boolean> = {
  key: 'log.audit',
  help: 'whether each pull is told of, as a line of JSON, at any level',
  default: 'false',
  parse: values.parseBoolean,
  allowed: values.BOOLEANS,
};

export const logFile: Setting<string> = {
  key: 'log.file',
  help: 'a file that the log of serve is appended to, instead of standard error; opened again on SIGHUP',
  default: 'none',
  parse: values.parseNonEmpty,
  allowed: 'the path of a file',
};

export const shutdownGrace: Setting<number> = {
  key: 'shutdownGrace',
  help: 'how long answers in progress have to end when the program is asked to',
  default: '30s',
  parse: values.parseWait,
  allowed: values.WAITS,
};

export const manifestBytes: Setting<number> = {
  key: 'limits.manifestBytes',
  help: 'the largest manifest that is taken from an upstream',
  default: formatSize(MAX_MANIFEST_BYTES),
  parse: parseSize,
  allowed: SIZES,
};

export const tagsPage: Setting<number> = {
  key: 'limits.tagsPage',
  help: 'the most tags in one answer; more are told by pages',
  default: '1000',
  parse: values.parseCount,
  allowed: values.COUNTS,
};

export const catalog: Setting<boolean> = {
  key: 'catalog',
  help: 'whether /v2/_catalog lists the repositories',
  default: 'true',
  parse: values.parseBoolean,
  allowed: values.BOOLEANS,
};

export const cacheMaxBytes: Setting<number> = {
  key: 'cache.maxBytes',
  help: 'how much of what was fetched is kept; the longest unused goes first',
  default: '0',
  parse: parseSize,
  allowed: SIZES,
};

export const cacheMinFree: Setting<number> = {
  key: 'cache.minFree',
  help: 'how much of the disk is left free',
  default: '1GiB',
  parse: values.parseFreeBytes,
  allowed: SIZES,
};

export const cachePins: Setting<string> = {
  key: 'cache.pins',
  help: 'globs over host/repository:tag that are never evicted',
  default: 'none',
  repeatable: true,
  parse: values.parseGlob,
  allowed: values.GLOBS,
};

export const cacheScrub: Setting<number> = {
  key: 'cache.scrub',
  help: 'how fast what is kept is hashed again in the background',
  default: 'not at all',
  parse: parseRate,
  allowed: RATES,
};
