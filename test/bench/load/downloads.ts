import { requireProgram } from '../find-program.ts';
import { runProgram } from '../run-program.ts';

/** Downloads a URL by several clients at once, each `times` one after the other; gives the seconds that it took.
 *  curl takes less of the machine than anything in Node would. */
export async function download(url: string, size: number, clients: number, times: number): Promise<number> {
  const once = ['-o', '/dev/null', url];
  const args = ['-sS', '-w', '%{http_code} %{size_download}\n', ...Array.from({ length: times }, () => once).flat()];
  const started = performance.now();
  const outputs = await Promise.all(Array.from({ length: clients }, () => runProgram(requireProgram('curl'), args)));
  const seconds = (performance.now() - started) / 1000;
  for (const line of outputs.flatMap((output) => output.trim().split('\n'))) {
    if (line !== `200 ${size}`) throw new Error(`${url}: ${line}, expected 200 and ${size} bytes`);
  }
  return seconds;
}
