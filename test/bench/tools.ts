import { findProgram } from './find-program.ts';

/** A program that is measured. */
export interface Tool {
  readonly name: string;
  /** Its path, undefined when it is not installed. */
  readonly program: string | undefined;
  readonly versionArgs: readonly string[];
}

const tool = (name: string, program: string, versionArgs: readonly string[] = ['--version']): Tool => ({
  name,
  program: findProgram(program),
  versionArgs,
});

/** With sha256sum, cp and find, of which it tells the version. */
export const coreutils = tool('coreutils', 'sha256sum');
export const skopeo = tool('skopeo', 'skopeo');
export const crane = tool('crane', 'crane', ['version']);
