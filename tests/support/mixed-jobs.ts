/** Jobs for tests/mixed-jobs.test.ts: honest ones in every language, and hostile ones. */
import { readFileSync } from 'node:fs';
import type { RunLimits } from '@gaiwan/protocol';

export interface MixedJob {
  /** "<executor_type>/<executor>". */
  readonly pair: string;
  readonly functionName?: string;
  readonly code: string | Uint8Array;
  readonly arguments: string;
  /** Text of the one input, "text". */
  readonly input?: string;
  readonly limits?: Partial<RunLimits>;
  /** Milliseconds after which it is cancelled. */
  readonly cancelAfter?: number;
  /** The result, or the code of the error. */
  readonly result?: string;
  readonly output?: string;
  readonly error?: string;
}

const root = new URL('../../examples/', import.meta.url);
const add = readFileSync(new URL('functions/c-add/add.wasm', root));
const words = readFileSync(new URL('custom-executor/word-count.pl', root));

const JAVASCRIPT = 'export function main(inputs, outputs, args) { return args.a * args.b; }';
const PYTHON = 'def main(inputs, outputs, args):\n    return args["a"] - args["b"]\n';
const CLASSIC = 'def entrypoint(argv):\n    return argv[0] + "=" + argv[1]\n';

/** An honest job whose right answer depends on its number. */
export function honest(i: number): MixedJob {
  const two = JSON.stringify({ a: i, b: 3 });
  const kinds: (() => MixedJob)[] = [
    () => ({
      pair: 'builtin/builtin',
      functionName: 'builtin-echo',
      code: '',
      arguments: JSON.stringify({ message: `echo ${i}` }),
      result: `echo ${i}`,
    }),
    () => ({
      pair: 'wasm/wasm',
      code: add,
      arguments: JSON.stringify({ adder1: `${i}`, adder2: '5' }),
      result: `${i + 5}`,
    }),
    () => ({ pair: 'javascript/javascript', code: JAVASCRIPT, arguments: two, result: `${i * 3}` }),
    () => ({
      pair: 'custom:perl/perl',
      code: words,
      arguments: '{}',
      input: `w${i} w${i} x`,
      result: '2',
      output: `w${i},2\nx,1\n`,
    }),
    () => ({ pair: 'python/cpython', code: PYTHON, arguments: two, result: `${i - 3}` }),
    () => ({ pair: 'python/mesapy', code: CLASSIC, arguments: `{"n":"${i}"}`, result: `n=${i}` }),
  ];
  const order = [0, 1, 0, 2, 0, 4, 0, 3, 1, 0, 2, 0, 4, 0, 3, 1, 0, 2, 5];
  const kind = kinds[order[i % order.length] ?? 0];
  if (!kind) throw new Error('unreachable');
  return kind();
}

const perl = (body: string) => `sub main { ${body} }`;

/** What each does, and how it must end. */
export const hostile: readonly MixedJob[] = [
  {
    pair: 'javascript/javascript',
    code: 'export function main() { for (;;); }',
    arguments: '{}',
    limits: { timeMs: 200 },
    error: 'time-limit',
  },
  {
    pair: 'custom:perl/perl',
    code: perl(`my $x = 'x' x (1 << 30); sleep 60`),
    arguments: '{}',
    error: 'memory-limit',
  },
  {
    pair: 'python/cpython',
    code: 'import os\ndef main(inputs, outputs, args):\n    os._exit(3)\n',
    arguments: '{}',
    error: 'crashed',
  },
  {
    pair: 'custom:perl/perl',
    code: perl(`my $o = create_output('counts'); write_bytes($o, 'x' x (1 << 20)) while 1`),
    arguments: '{}',
    error: 'output-limit',
  },
  {
    pair: 'python/cpython',
    code: 'def main(inputs, outputs, args):\n    while True:\n        inputs.open("text").close()\n',
    arguments: '{}',
    input: 'x',
    error: 'files-limit',
  },
  {
    pair: 'javascript/javascript',
    code: 'export function main() { return "x".repeat((8 << 20) + 1) }',
    arguments: '{}',
    limits: { outputBytes: 2 ** 30 },
    error: 'output-limit',
  },
  { pair: 'custom:perl/perl', code: perl('print "x" x 1000 while 1'), arguments: '{}', error: 'log-limit' },
  {
    pair: 'custom:perl/perl',
    code: perl('syswrite $channel, "\\xff" x 64; sleep 60'),
    arguments: '{}',
    error: 'crashed',
  },
  {
    pair: 'python/cpython',
    code: 'def main(inputs, outputs, args):\n    while True:\n        pass\n',
    arguments: '{}',
    limits: { cpuMs: 200 },
    error: 'cpu-limit',
  },
  { pair: 'custom:perl/perl', code: perl('sleep 60'), arguments: '{}', cancelAfter: 50, error: 'canceled' },
  {
    pair: 'custom:perl/perl',
    code: perl('for (1 .. 100) { fork } sleep 60'),
    arguments: '{}',
    limits: { timeMs: 300 },
    error: 'time-limit',
  },
  {
    pair: 'javascript/javascript',
    code: 'export function main() { throw new Error("no") }',
    arguments: '{}',
    error: 'function',
  },
];
