import { constants, getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { hashPassword } from './password.ts';
import { poolThreads } from './pool-priority.ts';

it.runIf(process.platform === 'linux')(
  'a hash is computed by threads of a lower priority than that of the process',
  async () => {
    const own = getPriority(process.pid);
    await hashPassword('a password');
    const threads = poolThreads();
    expect(threads.length).toBeGreaterThan(0);
    for (const thread of threads)
      expect(getPriority(thread)).toBe(Math.min(constants.priority.PRIORITY_LOW, own + 5));
    expect(getPriority(process.pid)).toBe(own);
  },
);
