import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { holdings } from '../testing/leaks.ts';
import { nativeRunner } from '../testing/native.ts';
import { SandboxError } from './errors.ts';
import { type Launcher, PlainLauncher, type Sandboxed } from './launcher.ts';
import { type Code, WarmPool } from './pool.ts';
import type { RunnerSpec } from './runner.ts';

/** Keeps what it starts, and when. */
class Recorder implements Launcher {
  readonly layers = ['process'] as const;
  readonly started: Sandboxed[] = [];
  readonly times: number[] = [];
  readonly #plain = new PlainLauncher();
  launch(runner: RunnerSpec): Sandboxed {
    // oxlint-disable-next-line tests/no-stopwatch -- for `checkPauses`
    this.times.push(performance.now());
    const sandboxed = this.#plain.launch(runner);
    this.started.push(sandboxed);
    return sandboxed;
  }
  async close(): Promise<void> {}
}

let pool: WarmPool | undefined;
afterEach(() => pool?.close());

function open(size: { generic: number; prepared: number }, runner: Partial<RunnerSpec> = {}) {
  const launcher = new Recorder();
  const troubles: string[] = [];
  const onTrouble = ({ message }: Error) => troubles.push(message);
  pool = new WarmPool({ launcher, runner: nativeRunner(runner), size: { ...size, eager: true }, onTrouble });
  return { pool, launcher, troubles };
}

/** Counts how often it was given away. */
function code(hash: string): Code & { readonly given: { times: number } } {
  const given = { times: 0 };
  const prepare = async () => {
    given.times++;
  };
  return { hash, prepare, given };
}

const until = (holds: () => boolean) => expect.poll(holds, { interval: 10 }).toBe(true);

/** All that were started have said that they are ready, and the pool has heard it. */
async function allReady({ started }: Recorder): Promise<void> {
  await until(() => started.every(({ child }) => (child.stdout as Socket).bytesRead > 0));
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

/** Each pause is twice the one before, or longer: a busy machine only makes them longer. */
function checkPauses(times: readonly number[]): void {
  for (const [index, time] of times.slice(1).entries())
    expect(time - (times[index] as number)).toBeGreaterThan(100 * 2 ** index - 2);
}

describe('processes that wait', () => {
  it('are started ahead, taken, and replaced', async () => {
    const { pool, launcher } = open({ generic: 2, prepared: 0 });
    await until(() => launcher.started.length === 2);
    const process = await pool.take(code('a'));
    await until(() => launcher.started.length === 3);
    await process.end();
    expect(process.alive).toBe(false);
  });

  it('that die are replaced, and that is reported', async () => {
    const { pool, launcher, troubles } = open({ generic: 1, prepared: 0 });
    // It is idle: its death is noticed.
    await allReady(launcher);
    const [first] = launcher.started;
    first?.kill();
    await until(() => launcher.started.length === 2);
    expect(troubles).toEqual(['A process of a runner died while it waited for a job.']);
    await (await pool.take(code('a'))).end();
  });

  it('are prepared with code that ran before; what was used longest ago goes first', async () => {
    const { pool, launcher } = open({ generic: 0, prepared: 2 });
    const codes = ['a', 'b', 'c'].map(code);
    for (const [i, item] of codes.entries()) {
      pool.expect(item);
      await until(() => item.given.times === 1 && launcher.started.length === i + 1);
      await allReady(launcher);
    }
    const starts = [];
    for (const item of codes.toReversed()) {
      await (await pool.take(item)).end();
      starts.push(launcher.started.length);
    }
    expect(starts).toEqual([3, 3, 4]);
    expect(codes.map(({ given }) => given.times)).toEqual([2, 1, 1]);
  });

  it('are all gone after close, also those that are just starting', async () => {
    const before = holdings().processes;
    const { pool, launcher } = open({ generic: 3, prepared: 2 });
    pool.expect(code('a'));
    await until(() => launcher.started.length > 0);
    await pool.close();
    expect(holdings().processes).toBe(before);
    const { length } = launcher.started;
    for (let turn = 0; turn < 100; turn++) await setImmediate();
    expect(launcher.started.length).toBe(length);
  });
});

describe('closing', () => {
  it('is no death of those that wait', async () => {
    const { pool, launcher, troubles } = open({ generic: 1, prepared: 1 });
    const item = code('a');
    pool.expect(item);
    await until(() => item.given.times === 1 && launcher.started.length === 2);
    await allReady(launcher);
    // Those that just start are waited for: meanwhile the others end.
    await pool.close();
    expect(troubles).toEqual([]);
  });
});

describe('a runner that does not start', () => {
  it('is reported with what it said, tried again ever less often, and fails who waits', async () => {
    const command = [process.execPath, '-e', 'console.error("no such interpreter"); process.exit(1)'];
    const { pool, launcher, troubles } = open({ generic: 1, prepared: 0 }, { command });
    await expect(pool.take(code('a'))).rejects.toMatchObject({
      code: 'start',
      message: expect.stringContaining('no such interpreter') as string,
    });
    // The first two at once: for whoever waits, and ahead.
    await until(() => launcher.started.length >= 5);
    checkPauses(launcher.times.slice(1));
    expect(troubles.length).toBeGreaterThan(0);
  });

  it('because it speaks another protocol', async () => {
    const command = [
      process.execPath,
      '-e',
      `const b = Buffer.from('{"type":"ready","protocol":9}'), p = Buffer.alloc(8); p.writeUInt32BE(b.length);
       process.stdout.write(Buffer.concat([p, b])); setTimeout(() => 0, 60000)`,
    ];
    const { pool } = open({ generic: 0, prepared: 0 }, { command });
    await expect(pool.take(code('a'))).rejects.toThrow('It speaks version 9 of the protocol, not 1.');
  });

  it('because a layer refuses: the next try waits as well', async () => {
    const tries: number[] = [];
    class Refusing extends PlainLauncher {
      override launch(runner: RunnerSpec): Sandboxed {
        // oxlint-disable-next-line tests/no-stopwatch -- for `checkPauses`
        tries.push(performance.now());
        // A pool that does not wait would try for ever, and nothing else would run.
        if (tries.length > 100) return super.launch(runner);
        throw new SandboxError('layer', 'refused');
      }
    }
    const troubles: string[] = [];
    const onTrouble = ({ message }: Error) => troubles.push(message);
    const size = { generic: 1, prepared: 0, eager: true };
    pool = new WarmPool({ launcher: new Refusing(), runner: nativeRunner(), size, onTrouble });
    await until(() => tries.length >= 3);
    checkPauses(tries);
    expect(new Set(troubles)).toEqual(new Set(['refused']));
  });

  it('because it is not there', async () => {
    const { pool } = open({ generic: 0, prepared: 0 }, { command: ['/nowhere/at/all'] });
    await expect(pool.take(code('a'))).rejects.toThrow(/ENOENT/);
  });
});
