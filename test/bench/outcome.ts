/** Something that is measured in a scenario. */
export interface Measure {
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** What was measured in a scenario. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly measures: Readonly<Record<string, Measure>>;
  readonly rounds: number;
  /** The value of each round, by peer and measure; the first peer is what the others are compared with. */
  readonly values: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
}

/** An outcome's values before the first round. */
export function emptyValues(
  measures: Outcome['measures'],
  peers: readonly { readonly name: string }[],
): Record<string, Record<string, number[]>> {
  const none = () => Object.fromEntries(Object.keys(measures).map((measure): [string, number[]] => [measure, []]));
  return Object.fromEntries(peers.map(({ name }) => [name, none()]));
}
