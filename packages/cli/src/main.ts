/** Entry of the command line; `bin/gaiwan.js` calls it. */
import { run, ExitCode as StricliExit } from '@stricli/core';
import { buildApp } from './app.ts';
import { COMPLETE, proposals } from './completion/proposals.ts';
import { type Context, guarded, type Writer } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { programVersion } from './program.ts';
import { listenForInterrupts } from './terminal/interrupt.ts';
import { endWithLauncher } from './terminal/launcher.ts';
import { askLine } from './terminal/secrets.ts';

export async function main(argv: readonly string[]): Promise<void> {
  listenForInterrupts();
  endWithLauncher();
  // Whoever reads our output may have enough of it, as `head` has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok.value);
    throw error;
  });
  process.exitCode = await runCommand(argv, {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    ask: askLine,
  });
}

/** What a command writes to, the variables that it reads, and whom it asks. */
export interface World extends Pick<Context, 'env' | 'ask'> {
  readonly stdout: Writer;
  readonly stderr: Writer;
}

/** Runs one command. Resolves with its exit code. */
export async function runCommand(
  argv: readonly string[],
  { stdout, stderr, env, ask }: World,
): Promise<number> {
  const world: {
    stdout: Writer;
    stderr: Writer;
    env: World['env'];
    exitCode?: number | string | null;
  } = { stdout: guarded(stdout), stderr: guarded(stderr), env };
  const [command, ...words] = argv;
  if (command === COMPLETE) {
    for (const proposal of await proposals(words, { process: world, env, ask }))
      world.stdout.write(`${proposal}\n`);
    return exitCodes.ok.value;
  }
  await run(await buildApp(argv, programVersion()), argv, { process: world, env, ask });
  return exitCode(world.exitCode);
}

/** The library's own codes are negative. */
function exitCode(code: number | string | null | undefined): number {
  if (code === StricliExit.InvalidArgument || code === StricliExit.UnknownCommand)
    return exitCodes.usage.value;
  const number = Number(code ?? exitCodes.ok.value);
  return number >= 0 ? number : exitCodes.internal.value;
}
