import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunnerFailure } from '../failure.ts';
import { Files } from '../files.ts';
import { ArgumentsError } from '../flatten.ts';
import { assemble, op } from '../testing/assemble.ts';
import { jobFor, MemoryFiles } from '../testing/memory-files.ts';
import { Program } from './program.ts';

describe('modules that were changed at random', () => {
  it('run, trap or fail with a message, and nothing else', () => {
    const good = assemble({
      imports: [
        ['env', 'teaclave_open_input', 'i:i'],
        ['env', 'teaclave_read_file', 'iii:i'],
        ['wasi_snapshot_preview1', 'fd_read', 'iiii:i'],
      ],
      memory: { minimum: 1, maximum: 4, export: 'memory' },
      table: [3],
      functions: [
        {
          export: 'entrypoint',
          type: 'ii:i',
          code: [...op.i32(16), ...op.call(0), ...op.i32(100), ...op.i32(4), ...op.call(1)],
        },
        { type: ':', code: [] },
      ],
      start: 4,
      data: [[16, 'i\0']],
    });
    let ran = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 40 }),
        (changes, cut) => {
          const bytes = new Uint8Array(good);
          for (const [at, value] of changes) bytes[at] = value;
          const requests = new MemoryFiles({ i: 'text' }, ['o']);
          try {
            const program = new Program(bytes.slice(0, bytes.length - Math.max(0, cut - 20)));
            program.run(jobFor({ a: 'x' }, { i: 'text' }, ['o']), new Files(requests));
            ran++;
          } catch (error) {
            if (!(error instanceof RunnerFailure || error instanceof ArgumentsError)) throw error;
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(ran).toBeGreaterThan(50);
  });
});
