/** Tells whoever started vitest how the run gets on: a reporter of vitest at one end, its messages at the other. */
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Each is a sign of life. `test` is the full name of a test, or what else of the file is under way. */
export type Progress =
  | { readonly type: 'run'; readonly files: number }
  | { readonly type: 'begins'; readonly file: string; readonly test?: string }
  | { readonly type: 'ended'; readonly file: string; readonly test?: undefined }
  | {
      readonly type: 'ended';
      readonly file: string;
      readonly test: string;
      readonly state: 'passed' | 'failed' | 'skipped';
      /** It, or a hook of it, took longer than it may. */
      readonly timedOut: boolean;
    };

const nameOf = ({ moduleId }: TestModule): string => relative(process.cwd(), moduleId);

export default class ProgressReporter implements Reporter {
  constructor() {
    if (!process.channel) return;
    // Nobody is left who would end a run that stalls.
    process.once('disconnect', () => process.exit(1));
    // A listener keeps the process from ending, and this one must not.
    process.channel.unref();
  }

  onTestRunStart(specifications: readonly unknown[]): void {
    tell({ type: 'run', files: specifications.length });
  }

  onTestModuleQueued(module: TestModule): void {
    tell({ type: 'begins', file: nameOf(module), test: 'loading' });
  }

  onTestModuleStart(module: TestModule): void {
    tell({ type: 'begins', file: nameOf(module) });
  }

  onHookStart({ name, entity }: Parameters<NonNullable<Reporter['onHookStart']>>[0]): void {
    const module = entity.type === 'module' ? entity : entity.module;
    const of = entity.type === 'module' ? '' : ` of "${entity.fullName}"`;
    tell({ type: 'begins', file: nameOf(module), test: `${name}${of}` });
  }

  onTestCaseReady({ module, fullName }: TestCase): void {
    tell({ type: 'begins', file: nameOf(module), test: `"${fullName}"` });
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state === 'pending') return;
    const timedOut = errors.some(({ name }) => name?.includes('Timeout'));
    tell({ type: 'ended', file: nameOf(test.module), test: `"${test.fullName}"`, state, timedOut });
  }

  onTestModuleEnd(module: TestModule): void {
    tell({ type: 'ended', file: nameOf(module) });
  }
}

function tell(progress: Progress): void {
  process.send?.(progress);
}
