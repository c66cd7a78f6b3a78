import { ACCEPT } from '../accept.ts';
import { requireProgram } from '../find-program.ts';
import { runProgram } from '../run-program.ts';

const CONNECTIONS = 32;

/** Answers per second to GET on 32 connections, from one thread. */
export async function getRate(url: string, seconds: number): Promise<{ rate: number; requests: number }> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-H', `Accept: ${ACCEPT}`, url];
  const output = await runProgram(requireProgram('wrk'), args);
  const failed = /Non-2xx.*|Socket errors:.*/.exec(output);
  if (failed) throw new Error(`${url}: ${failed[0]}`);
  return { rate: numberIn(output, /^Requests\/sec:\s+([\d.]+)/m), requests: numberIn(output, /(\d+) requests in/) };
}

/** The same of HEAD. With ab, as wrk waits for the body that an answer to HEAD has not. */
export async function headRate(url: string, seconds: number): Promise<{ rate: number; requests: number }> {
  const limits = ['-c', String(CONNECTIONS), '-t', String(seconds), '-n', '100000000'];
  const output = await runProgram(requireProgram('ab'), ['-q', '-i', '-k', ...limits, '-H', `Accept: ${ACCEPT}`, url]);
  const requests = numberIn(output, /^Complete requests:\s+(\d+)/m);
  if (numberIn(output, /^Failed requests:\s+(\d+)/m) > 0 || output.includes('Non-2xx')) throw new Error(output);
  return { rate: numberIn(output, /^Requests per second:\s+([\d.]+)/m), requests };
}

function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`no ${pattern.source} in:\n${output}`);
  return Number(found);
}
