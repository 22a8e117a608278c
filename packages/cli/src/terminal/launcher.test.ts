import { describe, expect, it } from 'vitest';
import { gaiwan } from '../testing/run.ts';

/** Says on standard error what a process was started with: the launcher's, then the one that it becomes. */
const TELL = '--import=data:text/javascript,console.error(JSON.stringify(process.execArgv))';

describe('a command that opens the machine', () => {
  it.each(['', '--disable-sigusr1 --max-semi-space-size=16'])(
    'is started such that no signal opens a debugger, with NODE_OPTIONS %j',
    async (options) => {
      const { stderr } = await gaiwan(['doctor', '--help'], { env: { NODE_OPTIONS: `${TELL} ${options}` } });
      const started = stderr
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      expect(started).toHaveLength(2);
      expect(started[1]).toContain('--disable-sigusr1');
      const isGiven = options.includes('semi-space');
      expect(JSON.stringify(started[1]).includes('--max-semi-space-size=8')).toBe(!isGiven);
    },
  );
});
