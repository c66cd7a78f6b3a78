/** So many are told of one place; where there are more, something is wrong altogether. */
const MAX_PROBLEMS = 100;

/** Adds a problem to those of a place, unless there are enough. */
export function addProblem(problems: string[], problem: string): void {
  if (problems.length < MAX_PROBLEMS) problems.push(problem);
  else if (problems.length === MAX_PROBLEMS) problems.push('there is more');
}
