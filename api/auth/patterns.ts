import picomatch from 'picomatch';

/** Nothing but what is written may match: no pattern means "all but". */
const PLAIN = { nonegate: true, noextglob: true } as const;

/** Whether one of several names of a thing is meant. */
type Matches = (names: readonly string[]) => boolean;

/** Globs over repositories, the host before the name: `*` stays within a component, `**` does not. */
export function repositoryPatterns(patterns: readonly string[]): Matches {
  // `team/**` is what lies below `team`, not `team` itself.
  const matches = picomatch([...patterns], { ...PLAIN, strictSlashes: true });
  return (names) => patterns.length > 0 && names.some((name) => matches(name));
}

/** Globs over users: `*` is any text. */
export function userPatterns(patterns: readonly string[]): (user: string) => boolean {
  const matches = picomatch([...patterns], { ...PLAIN, dot: true, bash: true });
  return (user) => patterns.includes(user) || (patterns.length > 0 && matches(user));
}
