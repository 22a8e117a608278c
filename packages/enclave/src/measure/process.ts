/** Whether a process runs what was measured, and nothing that its surroundings put before it. */
import { MeasureError } from './error.ts';

/** Options of Node that run other code, or let others into the process. */
const OTHER_CODE =
  /(^|\s)(--(import|require|loader|experimental-loader|experimental-config-file|eval|print|inspect[\w-]*|env-file[\w-]*|build-snapshot|run|openssl-config|icu-data-dir)\b|-[repC]\b)/;

/** Throws `MeasureError` "unmeasured-code" where Node was told to load more than the program, or to let a debugger in. */
export function requireMeasuredProcess({
  execArgv,
  env,
}: Pick<NodeJS.Process, 'execArgv' | 'env'> = process): void {
  const told = [...execArgv, env['NODE_OPTIONS'] ?? ''].join(' ');
  const [found] = OTHER_CODE.exec(told) ?? [];
  if (found !== undefined)
    throw new MeasureError(
      'unmeasured-code',
      `Node was started with ${found.trim()}, which can change what the program does without changing its measurement: start it without (also in NODE_OPTIONS).`,
    );
}
