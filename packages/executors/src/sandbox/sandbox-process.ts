/** One process of a runner, from its start to its end: frames to and from it, its log, its rest between calls, its death. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  encodeFrame,
  FrameDecoder,
  NONCE_DIGITS,
  type ProcessMessage,
  ProtocolError,
  processMessage,
  type WorkerMessage,
} from '@gaiwan/protocol/executor';
import { limits } from '../limits.ts';
import { SandboxError } from './errors.ts';
import type { Launcher, Sandboxed } from './launcher.ts';
import { BoundedLog } from './log.ts';
import type { RunnerSpec } from './runner.ts';

/** How long a runner may take until it is ready. */
const START_MS = limits.runnerStart.value;
/** How long pipes may stay open after the process has gone, because another process holds them. */
const LINGER_MS = limits.pipeLinger.value;
const START_LOG = limits.runnerStartLog.value;
/** Turns of the event loop: each polls all pipes once. */
const QUIET_TURNS = 2;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** To be used for the calls of one trust domain, then ended with `end`. */
export class SandboxProcess {
  readonly sandboxed: Sandboxed;
  /** Resolves with how it ended; never rejects. */
  readonly exited: Promise<Exit>;
  readonly #runner: RunnerSpec;
  readonly #messages: AsyncGenerator<ProcessMessage, void, undefined>;
  readonly #closed: Promise<unknown>;
  /** Gets what is written to standard error. */
  #onLog: (chunk: Uint8Array) => void;
  #logged = 0;
  #failure: Error | undefined;
  #ended: Promise<void> | undefined;
  #wasKilled = false;
  alive = true;
  /** Calls that were begun. */
  calls = 0;
  /** ms, of `performance.now`. */
  readonly began: number = performance.now();
  readonly #decoder = new FrameDecoder();
  #domain: string | undefined;
  #resting = false;
  #waiting: Promise<IteratorResult<ProcessMessage, void>> | undefined;

  constructor(launcher: Launcher, runner: RunnerSpec) {
    this.#runner = runner;
    this.sandboxed = launcher.launch(runner);
    const { child } = this.sandboxed;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
    this.#onLog = () => undefined;
    child.stderr.on('data', (chunk: Uint8Array) => {
      this.#logged += chunk.length;
      this.#onLog(chunk);
    });
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#failure = error;
        if (child.pid === undefined) resolve({ code: null, signal: null });
      });
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    void this.exited.then(() => {
      this.alive = false;
    });
    this.#messages = messages(child.stdout, this.#decoder);
  }

  /** Rejects with `SandboxError` ('start'), and then nothing of the process remains. */
  async ready(): Promise<void> {
    const log = new BoundedLog(START_LOG);
    this.#onLog = (chunk) => void log.add(chunk);
    const timer = setTimeout(() => this.kill(), START_MS);
    let why = `it was not ready within ${START_MS / 1000} s, or ended`;
    try {
      const { value } = await this.#messages.next();
      if (value?.type === 'ready') return;
      if (value) why = `it says "${value.type}" before it says "ready"`;
    } catch (error) {
      if (error instanceof ProtocolError) why = error.message;
    } finally {
      clearTimeout(timer);
    }
    await this.end();
    const said = [this.#failure?.message ?? '', ...log.lines()].filter((line) => line !== '').join(' | ');
    throw new SandboxError(
      'start',
      `The runner "${this.#runner.name}" does not start: ${why}. ${said}`.trim(),
    );
  }

  onLog(listener: (chunk: Uint8Array) => void): void {
    this.#onLog = listener;
  }

  /** Ends with the process. Throws `ProtocolError`. */
  next(): Promise<IteratorResult<ProcessMessage, void>> {
    const waiting = this.#waiting ?? this.#messages.next();
    this.#waiting = undefined;
    return waiting;
  }

  /** Before each call. From the first on, it serves this domain alone; undefined: no further call at all. */
  begin(domain: string | undefined): void {
    if (this.calls > 0 && (domain === undefined || domain !== this.#domain))
      throw new Error('A sandbox that served one trust domain was given to another.');
    this.#domain = domain;
    this.calls++;
  }

  /** After a call that ended well: whether it says in time, and in answer to a number that no call has seen, that nothing of the call remains. */
  async renew(withinMs: number): Promise<boolean> {
    const nonce = randomBytes(NONCE_DIGITS / 2).toString('hex');
    // Its last words, for the log of a call that is over.
    this.#onLog = () => undefined;
    const timer = setTimeout(() => this.kill(), withinMs);
    try {
      await this.send({ type: 'end', nonce });
      const { value } = await this.next();
      await this.drainLog();
      return value?.type === 'ready' && value.nonce === nonce && this.alive;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Until `wake` it has nothing to say: should it say anything, or end, `spoiled` is called. */
  rest(spoiled: () => void): void {
    this.#resting = true;
    const notice = (): void => {
      if (this.#resting) spoiled();
      this.#resting = false;
    };
    this.#onLog = notice;
    this.#waiting = this.#messages.next();
    this.#waiting.then(notice, notice);
    this.hold(false);
  }

  /** Whether it has rested well, and can begin a call. */
  wake(): boolean {
    const rested = this.#resting && this.alive && this.#decoder.atBoundary;
    this.#resting = false;
    this.hold(true);
    return rested;
  }

  /** Resolves when the process has room for more, or is gone. */
  async send(head: WorkerMessage, body?: Uint8Array): Promise<void> {
    const { stdin } = this.sandboxed.child;
    let room = true;
    for (const part of encodeFrame({ ...head }, body)) room = stdin.write(part);
    if (!room && !stdin.destroyed) {
      const waiting = new AbortController();
      const { signal } = waiting;
      await Promise.race([
        once(stdin, 'drain', { signal }),
        once(stdin, 'close', { signal }),
        this.exited,
      ]).catch(() => undefined);
      waiting.abort();
    }
  }

  /** An idle process does not keep the worker from ending. */
  hold(held: boolean): void {
    const { child } = this.sandboxed;
    // The pipes of a child are sockets, whatever their types say.
    const pipes = [child.stdin, child.stdout, child.stderr].filter((stream) => stream instanceof Socket);
    for (const item of [child, ...pipes]) {
      if (held) item.ref();
      else item.unref();
    }
  }

  /** Whether it ended by our doing, or has not ended. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  kill(): void {
    this.#wasKilled ||= this.alive;
    this.sandboxed.kill();
    this.sandboxed.child.stdout.destroy();
  }

  /** Waits for one that has said its last for as long as a process may take to leave: how it ended is known once it is gone. */
  async leave(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LINGER_MS);
    await Promise.race([this.exited, promise]);
    clearTimeout(timer);
  }

  /** Ends it, and reads what it had written to its log: pipes keep that. It may not be quite gone yet. */
  async finish(): Promise<void> {
    this.kill();
    await this.drainLog();
  }

  /** Reads what it has written to its log until now. Of one that goes on writing, what comes in `LINGER_MS`. */
  async drainLog(): Promise<void> {
    const deadline = performance.now() + LINGER_MS;
    for (let quiet = 0; quiet < QUIET_TURNS && performance.now() < deadline; quiet++) {
      const before = this.#logged;
      await setImmediate();
      if (this.#logged !== before) quiet = 0;
    }
  }

  /** Kills it and waits until nothing of it remains, and its log was read to the end. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.hold(true);
    const { child } = this.sandboxed;
    if (this.alive) this.kill();
    await this.exited;
    child.stdin.destroy();
    child.stdout.destroy();
    const linger = setTimeout(() => child.stderr.destroy(), LINGER_MS);
    if (child.pid !== undefined) await this.#closed;
    clearTimeout(linger);
    await this.sandboxed.release();
  }
}

async function* messages(
  stdout: Readable,
  decoder: FrameDecoder,
): AsyncGenerator<ProcessMessage, void, undefined> {
  try {
    for await (const chunk of stdout) {
      for (const frame of decoder.push(chunk)) yield processMessage(frame);
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    return; // The pipe broke.
  }
  if (!decoder.atBoundary) throw new ProtocolError('bad-head', 'It ended in the middle of a frame.');
}
