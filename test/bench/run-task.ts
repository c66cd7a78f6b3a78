import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyValues, type Outcome } from './outcome.ts';
import { rotated } from './statistics.ts';
import type { Contender, Task } from './tasks/task.ts';

export interface TaskRun {
  readonly outcome: Outcome;
  readonly contenders: readonly Contender[];
  /** Those whose program is not installed. */
  readonly absent: readonly Contender[];
}

/** Measures all who do a task in turn, round after round. Throws when one fails. */
export async function runTask(
  task: Task,
  { temporary, tell }: { temporary: string; tell: (what: string) => void },
): Promise<TaskRun> {
  const { name, title, measures, rounds } = task;
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(temporary, 'task-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));

  tell(`${name}: images`);
  const all = await task.prepare({ folder, stack });
  const contenders = all.filter(({ tool }) => tool.program !== undefined);
  const values = emptyValues(measures, contenders);

  tell(`${name}: do all do it`); // Also, a program is slow the first time, ours until its code is compiled.
  for (const contender of contenders) await contender.measure();

  for (let round = 0; round < rounds; round++) {
    tell(`${name}: round ${round + 1} of ${rounds}`);
    for (const contender of rotated(contenders, round)) {
      const measured = await contender.measure();
      for (const [measure, value] of Object.entries(measured)) values[contender.name]![measure]!.push(value);
    }
  }
  return {
    outcome: { name, title, measures, rounds, values },
    contenders,
    absent: all.filter((contender) => !contenders.includes(contender)),
  };
}
