/** A first call of WebAssembly tries to leave something for the second of its trust domain, in the same process. */
import { describe, expect, it } from 'vitest';
import { assemble, op } from '../../../runners/src/testing/assemble.ts';
import { reuseBench } from '../testing/reuse.ts';
import { wasmRunner } from './wasm.ts';

/** Answers with what its memory had, and writes there: at 1000, and in the last of the pages that it lets its memory grow to. */
const remembering = assemble({
  memory: { minimum: 1, export: 'memory' },
  functions: [
    {
      export: 'entrypoint',
      type: ':i',
      code: [
        ...op.i32(600),
        ...op.grow,
        ...op.drop,
        ...op.i32(1000),
        ...op.load,
        ...op.i32(600 * 65_536),
        ...op.load,
        ...op.add,
        ...op.size,
        ...op.add,
        ...op.i32(1000),
        ...op.i32(7),
        ...op.store,
        ...op.i32(600 * 65_536),
        ...op.i32(70),
        ...op.store,
      ],
    },
  ],
});

/** Opens "made" in its scratch folder, new: the error number, 20 where it is there already. */
const making = assemble({
  imports: [['wasi_snapshot_preview1', 'path_open', 'iiiiiIIii:i']],
  memory: { minimum: 1, export: 'memory' },
  data: [[16, 'made']],
  functions: [
    {
      export: 'entrypoint',
      type: ':i',
      code: [
        ...op.i32(5),
        ...op.i32(0),
        ...op.i32(16),
        ...op.i32(4),
        // O_CREAT | O_EXCL
        ...op.i32(5),
        0x42,
        0x7f,
        0x42,
        0x7f,
        ...op.i32(0),
        ...op.i32(64),
        ...op.call(0),
      ],
    },
  ],
});

describe('a second call of WebAssembly in a process', () => {
  const { call } = reuseBench(wasmRunner);

  it('has memory of its own, in size and content', async () => {
    const first = await call(remembering);
    for (let i = 0; i < 5; i++) {
      const next = await call(remembering);
      expect([next.text, next.pid]).toEqual(['601', first.pid]);
    }
    // Of as much memory as its own limit says: growing by 600 pages fails, and reading there.
    const little = await call(remembering, { limits: { memoryMiB: 16 } });
    expect([little.text, little.pid]).toEqual(['Exception: out of bounds memory access', first.pid]);
  });

  it('has a scratch folder of its own', async () => {
    const first = await call(making, { domain: 'scratch' });
    const second = await call(making, { domain: 'scratch' });
    expect([first.text, second.text, second.pid]).toEqual(['0', '0', first.pid]);
  });

  it('of another domain is never in it: one other participant is enough', async () => {
    const first = await call(remembering, { domain: 'alice,bob' });
    const other = await call(remembering, { domain: 'alice,bob,carol' });
    const again = await call(remembering, { domain: 'alice,bob' });
    expect(other.pid).not.toBe(first.pid);
    expect(again.pid).toBe(first.pid);
  });

  it('of another function is never in it, whatever the domain is called', async () => {
    const first = await call(remembering, { domain: 'same' });
    expect((await call(making, { domain: 'same' })).pid).not.toBe(first.pid);
  });
});
