/** For tests: hostile programs with system calls at hand, through the example of a custom executor. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { ExecutorError } from '../errors.ts';
import type { ExecutionRequest } from '../executor.ts';
import { customRunner } from '../languages/custom.ts';
import type { Layer } from '../sandbox/launcher.ts';
import { type Host, probeHost } from '../sandbox/os/probe.ts';
import { type Arch, allowedCalls, conditionalCalls, refusedCalls } from '../sandbox/os/syscalls.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { SandboxExecutor } from '../sandbox/sandbox-executor.ts';
import { nativeJob } from './native.ts';

const EXAMPLE = join(import.meta.dirname, '../../../../examples/custom-executor');

export function perlRunner(more: Partial<RunnerSpec> = {}): RunnerSpec {
  const config: unknown = JSON.parse(readFileSync(join(EXAMPLE, 'executor.json'), 'utf8'));
  return { ...customRunner(config, EXAMPLE), ...more };
}

export async function probeForTests(): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-probe-'));
  try {
    return await probeHost(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether these layers can be tested here; says so where not. */
export async function canTest(...layers: Layer[]): Promise<boolean> {
  const { reports } = await probeForTests();
  const missing = reports.filter(({ layer, offered }) => layers.includes(layer) && !offered);
  for (const { layer, detail, remedy } of missing) {
    console.warn(`SKIPPED: this host has no layer "${layer}" (${detail}). To get it: ${remedy}`);
  }
  const perl = spawnSync('/usr/bin/perl', ['-MJSON::PP', '-e', '1']).status === 0;
  if (!perl) console.warn('SKIPPED: /usr/bin/perl with JSON::PP is wanted (Debian: perl).');
  return perl && missing.length === 0;
}

/** The number of a system call here. */
export function number(name: string): number {
  const arch = process.arch as Arch;
  const found = [allowedCalls, conditionalCalls, refusedCalls]
    .map((list) => list(arch).get(name))
    .find((value) => value);
  if (found === undefined) throw new Error(`${name}: no such call`);
  return found;
}

/** A body that runs the bodies one after another and returns pairs of name and answer. */
function tableOf(bodies: ReadonlyMap<string, string>): string {
  // Names and bodies come as hexadecimal digits: no text needs quoting. The local copy keeps what one body finds in `$_` from the next.
  const all = [...bodies].map(([name, body]) => `['${hex(name)}', '${hex(`sub { local $_; ${body} }`)}']`);
  return `my @ended;
    for my $case (${all.join(', ')}) {
      my ($name, $text) = map { pack 'H*', $_ } @$case;
      print "case: $name\n";
      my $code = eval $text;
      my $answer = $code ? eval { $code->() } : undef;
      push @ended, [$name, "" . ($@ || ($answer // 'nothing'))];
    }
    JSON::PP->new->ascii->encode([map { [map { my $t = $_; utf8::decode($t); $t } @$_] } @ended])`;
}

const hex = (text: string) => Buffer.from(text).toString('hex');

/** An executor for the tests of a file, and what runs the body of a Perl function in it. */
export function perlExecutor(
  options: { readonly without?: readonly Layer[]; readonly forks?: boolean } = {},
) {
  const state = {} as { folder: string; executor: SandboxExecutor };
  beforeAll(async () => {
    state.folder = mkdtempSync(join(tmpdir(), 'gaiwan-escape-'));
    state.executor = await SandboxExecutor.open({
      runner: perlRunner({ forks: options.forks ?? true }),
      slots: 1,
      // Nearly every program comes once: a process that was given it again would wait in vain.
      warm: { generic: 1, prepared: 0 },
      sandbox: { folder: state.folder, require: ['process'], without: options.without ?? [] },
    });
  });
  afterAll(async () => {
    await state.executor.close();
    rmSync(state.folder, { recursive: true });
  });
  const start = (body: string, more: Partial<ExecutionRequest> = {}) =>
    state.executor.run(
      nativeJob(`sub main { ${body} }`, state.folder, {
        executorType: 'custom:perl',
        executor: 'perl',
        ...more,
      }),
    );
  return {
    state,
    start,
    /** The text that it returns. Afterwards the next job is served. */
    async run(body: string, more?: Partial<ExecutionRequest>): Promise<string> {
      const { returnValue } = await start(body, more);
      await this.servesTheNext();
      return Buffer.from(returnValue).toString();
    },
    /**
     * What each of these bodies returns, by its name: all of them in one process. For bodies that leave neither their process nor one
     * another's answers changed. Rejects with the last name where the process does not survive.
     */
    async table(bodies: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
      const { returnValue } = await start(tableOf(bodies)).catch((error: unknown) => {
        throw error instanceof ExecutorError ? new Error(`${error.message}\n${error.log.join('\n')}`) : error;
      });
      await this.servesTheNext();
      return new Map(JSON.parse(Buffer.from(returnValue).toString()) as [string, string][]);
    },
    /** How it ends. */
    async failure(
      body: string,
      more?: Partial<ExecutionRequest>,
    ): Promise<{ code: string; message: string }> {
      const ended = await start(body, more).then(
        ({ returnValue }) => ({ code: 'none', message: Buffer.from(returnValue).toString() }),
        (error: { code: string; message: string }) => error,
      );
      await this.servesTheNext();
      return ended;
    },
    async servesTheNext(): Promise<void> {
      const { returnValue } = await start('"still here"');
      expect(Buffer.from(returnValue).toString()).toBe('still here');
    },
  };
}
