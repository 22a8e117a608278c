/** Functions that misbehave, for tests of the limits. */
import { readFileSync } from 'node:fs';
import { type BuiltinFunction, FunctionError } from '@gaiwan/functions';

const kept: Uint8Array[] = [];
let calls = 0;

const hostile: BuiltinFunction[] = [
  {
    name: 'spin',
    run: () => {
      for (;;);
    },
  },
  {
    name: 'hog',
    run: () => {
      const held: Uint8Array[] = [];
      for (;;) held.push(new Uint8Array(1 << 20).fill(held.length));
    },
  },
  {
    name: 'hoard',
    run: () => {
      const held: object[] = [];
      for (;;) held.push({ a: held.length });
    },
  },
  {
    name: 'flood',
    async run(context) {
      const out = context.output('o');
      for (;;) await out.write(new Uint8Array(1 << 16));
    },
  },
  {
    name: 'work',
    run: () => {
      // oxlint-disable tests/no-stopwatch -- it is busy for a while
      const until = performance.now() + 200;
      while (performance.now() < until);
      // oxlint-enable tests/no-stopwatch
      return 'worked';
    },
  },
  {
    name: 'chatter',
    run: (context) => {
      for (;;) context.log('line');
    },
  },
  {
    name: 'long',
    run: () => 'x'.repeat((8 << 20) + 1),
  },
  {
    name: 'lines',
    run: (context) => {
      for (;;) context.log('');
    },
  },
  {
    name: 'opener',
    run: (context) => {
      for (;;) context.output('o');
    },
  },
  {
    name: 'copy',
    async run(context) {
      const out = context.output('o');
      for await (const chunk of context.input('i').chunks()) await out.write(chunk);
      await out.close();
      return 'copied';
    },
  },
  {
    // A native call that nothing interrupts: nobody opens the other end of the pipe.
    name: 'deaf',
    run: ({ args }) => readFileSync(String(args['pipe']), 'utf8'),
  },
  {
    name: 'litter',
    run: () => String(new Uint8Array(600 << 20).fill(1).length),
  },
  {
    name: 'keep',
    run: () => String(kept.push(new Uint8Array(40 << 20).fill(1))),
  },
  {
    name: 'retire',
    run: (context) => {
      context.retire?.();
      return String(++calls);
    },
  },
  {
    name: 'allowance',
    run: (context) => String(context.memoryBytes),
  },
  {
    name: 'verbose',
    run: () => {
      throw new FunctionError('invalid-arguments', 'refused '.repeat(1 << 20));
    },
  },
  {
    name: 'die',
    run: () => process.exit(3),
  },
  {
    name: 'throw',
    run: () => {
      throw new RangeError('oops');
    },
  },
];

export const builtins: ReadonlyMap<string, BuiltinFunction> = new Map(
  hostile.map((builtin) => [builtin.name, builtin]),
);
