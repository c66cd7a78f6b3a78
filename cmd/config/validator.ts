import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isNetwork } from '../../api/http/client-address.ts';
import { isRealm, isRepositoryGlob, isService, isUserGlob } from './auth.ts';
import { parseHostName, isPrefix, isUpstreamUrl, parseWait, quote } from './values.ts';
import { pointerOf } from './pointer.ts';
import { nearestKey } from './nearest-key.ts';
import { configSchema, type FileContents } from './schema.ts';
import { parseRate } from '../size.ts';

/** Something in a document that the schema does not allow. */
export interface Mistake {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly reason: string;
}

/** The part of a schema that something breaks. */
type Broken = ErrorObject & {
  readonly parentSchema?: {
    readonly errorMessage?: string;
    readonly type?: string | readonly string[];
    readonly properties?: object;
    readonly propertyNames?: { readonly errorMessage?: string };
  };
};

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  string: 'a text',
};

const validator = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  formats: {
    'ociregistry-host': (text: string) => parseHostName(text) !== undefined,
    'ociregistry-network': isNetwork,
    'ociregistry-prefix': isPrefix,
    'ociregistry-realm': isRealm,
    'ociregistry-repositories': isRepositoryGlob,
    'ociregistry-service': isService,
    'ociregistry-url': isUpstreamUrl,
    'ociregistry-users': isUserGlob,
    'ociregistry-wait': (text: string) => parseWait(text) !== undefined,
    'ociregistry-timeout': (text: string) => (parseWait(text) ?? 0) > 0,
    'ociregistry-rate': (text: string) => parseRate(text) !== undefined,
  },
});
validator.addVocabulary(['errorMessage']);
const validate = validator.compile<FileContents>(configSchema);

/** Checks a document against the schema of the configuration file; `broken` is told all that is wrong. */
export function isConfig(value: unknown, broken: (mistake: Mistake) => void): value is FileContents {
  if (validate(value)) return true;
  const told = new Set<string>();
  for (const mistake of (validate.errors as Broken[]).filter(isTelling).map(mistakeOf)) {
    // The first reason is enough: what is no text is no URL either.
    if (!told.has(mistake.pointer)) broken(mistake);
    told.add(mistake.pointer);
  }
  return false;
}

/** Whether it is not only a part of another: of one among alternatives, or of what the name of a key must be. */
function isTelling({ schemaPath, propertyName }: Broken): boolean {
  return propertyName === undefined && !/\/oneOf\/./.test(schemaPath);
}

function mistakeOf(broken: Broken): Mistake {
  const { keyword, instancePath, parentSchema = {}, data } = broken;
  const params = broken.params as Readonly<Record<string, string>>;
  switch (keyword) {
    case 'additionalProperties': {
      const key = params['additionalProperty']!;
      const meant = nearestKey(key, Object.keys(parentSchema.properties ?? {}));
      const hint = meant === undefined ? '' : `, did you mean ${meant}?`;
      return { pointer: below(instancePath, key), reason: `unknown key${hint}` };
    }
    case 'propertyNames': {
      const allowed = parentSchema.propertyNames?.errorMessage ?? '';
      return { pointer: below(instancePath, params['propertyName']!), reason: `allowed: ${allowed}` };
    }
    case 'required':
      return { pointer: instancePath, reason: `${params['missingProperty']!} is missing` };
    case 'dependentRequired':
      return {
        pointer: below(instancePath, params['property']!),
        reason: `needs ${params['missingProperty']!} as well`,
      };
    default: {
      const { errorMessage, type = [] } = parentSchema;
      const allowed =
        errorMessage ??
        [type]
          .flat()
          .map((each) => KINDS[each] ?? each)
          .join(' or ');
      const given = describe(data, keyword, instancePath);
      return { pointer: instancePath, reason: `${given}: allowed: ${allowed}${quotingHint(data, keyword, type)}` };
    }
  }
}

/** What to do where a number stands in quotes, or a text in none. */
function quotingHint(data: unknown, keyword: string, type: string | readonly string[]): string {
  if (keyword !== 'type') return '';
  if (type === 'string' && (typeof data === 'number' || typeof data === 'boolean'))
    return ' (a text; in quotes if need be)';
  const isMeant = typeof data === 'string' && /^(?:\d+|true|false)$/.test(data);
  return isMeant && type !== 'string' ? ' (without quotes)' : '';
}

/** What was given, as far as it may be shown. */
function describe(data: unknown, keyword: string, pointer: string): string {
  if (data === null) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return `a mapping with ${Object.keys(data).join(', ') || 'nothing'}`;
  // Somebody may have written the secret where its file's name belongs.
  if (pointer.includes('/credentials')) return `a ${typeof data === 'string' ? 'text' : typeof data}`;
  if (typeof data !== 'string') return `the ${typeof data} ${JSON.stringify(data)}`;
  return keyword === 'type' ? `the text ${quote(data)}` : quote(data);
}

const below = (pointer: string, key: string): string => `${pointer}${pointerOf([key])}`;
