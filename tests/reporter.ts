import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from 'vitest/node';

type Log = Parameters<NonNullable<Reporter['onUserConsoleLog']>>[0];

/**
 * Says what failed when it fails, and ends a run with one plain line that a person or a script can read, after what was skipped and why. A file says why by what it logs
 * ("SKIPPED: ..."), by the title of a test ("... (skipped: ...)"), or with `skip(why)`; a file that does not say it fails the run.
 */
export default class PlainReporter implements Reporter {
  /** Of modules, by their ids: the objects are others once a file is loaded. */
  readonly #loading = new Set<string>();
  readonly #reasons = new Map<string, Set<string>>();
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleQueued({ moduleId }: TestModule): void {
    this.#loading.add(moduleId);
  }

  onTestModuleCollected({ moduleId }: TestModule): void {
    this.#loading.delete(moduleId);
  }

  onUserConsoleLog({ content, taskId }: Log): void {
    const reasons = [...content.matchAll(/^SKIPPED: (.*)$/gm)].map(([, reason = '']) => reason);
    if (reasons.length === 0) return;
    const of = taskId === undefined ? undefined : this.#vitest?.state.getReportedEntityById(taskId);
    // What is logged while a file is loaded belongs to no test: it is this one's, or that of another that is loaded just now.
    const modules = of === undefined ? this.#loading : [(of.type === 'module' ? of : of.module).moduleId];
    for (const module of modules) for (const reason of reasons) this.#add(module, reason);
  }

  /** At once: who ends a run before its end knows what failed until then, and why. */
  onTestCaseResult(test: TestCase): void {
    const { errors = [] } = test.result();
    for (const { message } of errors)
      process.stdout.write(
        `FAILED ${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}: ${message}\n`,
      );
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: TestRunEndReason): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const silent: string[] = [];
    const lines: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[test.result().state]++;
      // A file that could not be loaded has no tests to count.
      if (module.errors().length > 0) count.failed++;
      const skipped = tests.filter((test) => test.result().state === 'skipped');
      if (skipped.length === 0) continue;
      for (const test of skipped) for (const why of reasonsOf(test)) this.#add(module.moduleId, why);
      const file = relative(process.cwd(), module.moduleId);
      const reasons = [...(this.#reasons.get(module.moduleId) ?? [])];
      if (reasons.length === 0) silent.push(file);
      else lines.push(`${file} (${skipped.length}): ${reasons.join('; ')}`);
    }
    const write = (title: string, of: readonly string[]) =>
      of.length > 0 && process.stdout.write(`\n${title}\n${of.map((line) => `  ${line}\n`).join('')}`);
    write('Skipped here:', lines);
    // Whoever asks for some tests alone skips the others.
    if (reason === 'passed' && this.#vitest?.config.testNamePattern === undefined && silent.length > 0) {
      write('These files skip tests and do not say why:', silent);
      process.exitCode = 1;
      count.failed += silent.length;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }

  #add(module: string, reason: string): void {
    const reasons = this.#reasons.get(module) ?? new Set();
    this.#reasons.set(module, reasons.add(reason));
  }
}

function reasonsOf(test: TestCase): string[] {
  const result = test.result();
  const note = result.state === 'skipped' && result.note !== undefined ? [result.note] : [];
  return [...note, ...[...test.fullName.matchAll(/\(skipped: ([^)]*)\)/g)].map(([, why = '']) => why)];
}
