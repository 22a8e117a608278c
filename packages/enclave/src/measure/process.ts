/** Whether a process runs what was measured, and nothing that its surroundings put before it or let into it. */
import { MeasureError } from './error.ts';

/** Options of Node that change neither what runs nor who sees it. Whatever is not among them is refused. */
const HARMLESS =
  /^--(no-warnings|disable-sigusr1|enable-source-maps|trace-warnings|trace-uncaught|unhandled-rejections=strict|(max-old-space-size|max-semi-space-size|heap-growing-percent|v8-pool-size|stack-trace-limit)=\d+)$/;
/** Node's variables that do neither; all others of its name are refused. */
const HARMLESS_VARIABLES = /^NODE_(ENV|EXTRA_CA_CERTS|NO_WARNINGS|OPTIONS|VERSION)$/;
/** By which the loader, the C library or OpenSSL load more. */
const VARIABLES = /^(NODE_|LD_|OPENSSL_|GCONV_PATH$)/;

const unmeasuredError = (what: string, advice: string) =>
  new MeasureError(
    'unmeasured-code',
    `${what} can change what the program does, or show what it holds, without changing its measurement: ${advice}`,
  );

/**
 * Returns if this process runs the program and nothing else. Without `--disable-sigusr1` a signal would be enough to let a debugger in.
 *
 * @throws {MeasureError} `unmeasured-code` where Node was started such that it loads more, or can be looked into
 */
export function requireMeasuredProcess({
  execArgv,
  env,
}: Pick<NodeJS.Process, 'execArgv' | 'env'> = process): void {
  // Written with quotes or backslashes an option could look like another.
  const fromEnvironment = (env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => option !== '');
  const unknown = [...execArgv, ...fromEnvironment].find((option) => !HARMLESS.test(option));
  if (unknown !== undefined)
    throw unmeasuredError(
      `Node's option ${JSON.stringify(unknown)}`,
      'start without it (also in NODE_OPTIONS).',
    );
  const variable = Object.keys(env).find(
    (name) => VARIABLES.test(name) && !HARMLESS_VARIABLES.test(name) && env[name] !== '',
  );
  if (variable !== undefined) throw unmeasuredError(`The variable ${variable}`, 'start without it.');
  if (!execArgv.includes('--disable-sigusr1'))
    throw unmeasuredError(
      'A signal (SIGUSR1), which opens a debugger,',
      'start Node with --disable-sigusr1.',
    );
}
