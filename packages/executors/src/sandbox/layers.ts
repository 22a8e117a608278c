/** Which layers stand around a runner here. */
import { SandboxError } from './errors.ts';
import { type Launcher, PlainLauncher } from './launcher.ts';
import { requiredByDefault, type SandboxOptions } from './options.ts';
import type { RunnerSpec } from './runner.ts';

/** Rejects with `SandboxError` ('layer') where one that is required is not on offer. */
export async function openLauncher(_runner: RunnerSpec, { require }: SandboxOptions): Promise<Launcher> {
  const launcher = new PlainLauncher();
  const missing = (require ?? requiredByDefault()).find((layer) => !launcher.layers.includes(layer));
  if (missing === undefined) return launcher;
  throw new SandboxError('layer', `The layer "${missing}" is required and not on offer here.`);
}
