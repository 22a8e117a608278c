/** Entry of the command line; `bin/gaiwan.js` calls it. */
import { run, ExitCode as StricliExit } from '@stricli/core';
import { buildApp } from './app.ts';
import { exitCodes } from './exit-codes.ts';
import { programVersion } from './program.ts';
import { listenForInterrupts } from './terminal/interrupt.ts';

export async function main(argv: readonly string[]): Promise<void> {
  listenForInterrupts();
  // Whoever reads our output may have enough of it, as `head` has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok.value);
    throw error;
  });
  const { stdout, stderr, env } = process;
  const world: {
    stdout: typeof stdout;
    stderr: typeof stderr;
    env: typeof env;
    exitCode?: number | string | null;
  } = {
    stdout,
    stderr,
    env,
  };
  await run(await buildApp(argv, programVersion()), argv, { process: world, env });
  process.exitCode = exitCode(world.exitCode);
}

/** The library's own codes are negative. */
function exitCode(code: number | string | null | undefined): number {
  if (code === StricliExit.InvalidArgument || code === StricliExit.UnknownCommand)
    return exitCodes.usage.value;
  const number = Number(code ?? exitCodes.ok.value);
  return number >= 0 ? number : exitCodes.internal.value;
}
