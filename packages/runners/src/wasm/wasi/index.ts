/**
 * WASI preview 1 for programs of a task: standard streams, the task's files, a folder in memory, a coarse clock and randomness. No
 * environment, no network, no process but its own.
 */
import { RefusedError } from '../../refused-error.ts';
import type { HostFunction } from '../env.ts';
import type { Guest } from '../guest.ts';
import { importable, type WasiCall } from './call.ts';
import { sink, source } from './descriptors.ts';
import { BADF, Errno, INVAL, NOENT } from './errno.ts';
import { FileCalls } from './file-calls.ts';
import type { Folder } from './folders.ts';
import { PathCalls } from './path-calls.ts';
import { pollCall } from './poll.ts';
import { DescriptorTable } from './table.ts';
import { unsupportedCalls } from './unsupported-calls.ts';

/** The module that programs import. */
export const WASI = 'wasi_snapshot_preview1';

/** The program ended itself. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;
  constructor(code: number) {
    super(`The program ended with the code ${code}.`);
    this.code = code;
  }
}

/** What a program finds around it. */
export interface World {
  readonly argv: readonly string[];
  readonly stdin: Uint8Array;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  readonly folders: readonly Folder[];
  /** Nanoseconds. */
  readonly clock: {
    readonly resolution: number;
    readonly now: () => bigint;
    readonly sleep: (milliseconds: number) => void;
  };
}

const FIRST_FOLDER = 3;
/** Bytes that `crypto.getRandomValues` gives at once. */
const RANDOM = 65_536;

/** All functions of that module, for one job. */
export function wasiFunctions(guest: Guest, world: World): ReadonlyMap<string, HostFunction> {
  const table = new DescriptorTable([
    source(world.stdin),
    sink(world.stdout, 2),
    sink(world.stderr, 3),
    ...world.folders,
  ]);
  const folders = world.folders.map((_, index) => FIRST_FOLDER + index);
  const texts = world.argv.map((text) => Buffer.from(`${text}\0`));
  const calls: readonly WasiCall[] = [
    ...new FileCalls(guest, table, folders, world.clock.now).all(),
    ...new PathCalls(guest, table, world.clock.now).all(),
    ...unsupportedCalls(table),
    pollCall(guest, table, world.clock),
    [
      'args_sizes_get',
      'ii',
      (count: number, size: number) => {
        guest.setU32(count, texts.length);
        guest.setU32(
          size,
          texts.reduce((sum, { length }) => sum + length, 0),
        );
      },
    ],
    [
      'args_get',
      'ii',
      (array: number, buffer: number) => {
        let at = buffer >>> 0;
        for (const [index, text] of texts.entries()) {
          guest.setU32((array >>> 0) + 4 * index, at);
          guest.range(at, text.length).set(text);
          at += text.length;
        }
      },
    ],
    [
      'environ_sizes_get',
      'ii',
      (count: number, size: number) => {
        guest.setU32(count, 0);
        guest.setU32(size, 0);
      },
    ],
    ['environ_get', 'ii', () => {}],
    [
      'clock_res_get',
      'ii',
      (clock: number, result: number) =>
        guest.view(result, 8).setBigUint64(0, BigInt(known(clock) * world.clock.resolution), true),
    ],
    [
      'clock_time_get',
      'iIi',
      (clock: number, _precision: bigint, result: number) =>
        guest.view(result, 8).setBigUint64(0, known(clock) ? world.clock.now() : 0n, true),
    ],
    [
      'random_get',
      'ii',
      (pointer: number, length: number) => {
        const target = guest.range(pointer, length);
        for (let at = 0; at < target.length; at += RANDOM) {
          crypto.getRandomValues(target.subarray(at, at + RANDOM));
        }
      },
    ],
    ['sched_yield', '', () => {}],
  ];
  const functions = importable(calls, refusedAs);
  functions.set('proc_exit', {
    signature: 'i:',
    call: (code: number) => {
      throw new Exit(code >>> 0);
    },
  });
  return functions;
}

function refusedAs(error: unknown): number | undefined {
  if (!(error instanceof RefusedError)) return undefined;
  return error.code === 'bad-handle' ? BADF : NOENT;
}

function known(clock: number): 1 {
  if (clock < 0 || clock > 3) throw new Errno(INVAL);
  return 1;
}
