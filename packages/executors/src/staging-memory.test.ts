import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './builtin/held-memory.ts';
import { readStaged, type Staged, Stager, transferables } from './staged.ts';
import { StagingMemory } from './staging-memory.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-staging-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const KIB = 1024;
const MIB = KIB * KIB;
const held = (staged: readonly Staged[]) =>
  transferables(staged).reduce((sum, { byteLength }) => sum + byteLength, 0);
const whole = (staged: Staged) => Buffer.concat([...readStaged(staged)].map((part) => Buffer.from(part)));

describe('memory for staging', () => {
  it('is shared: what one task has taken, another has not, until the first has ended', () => {
    const worker = new StagingMemory(100);
    const [a, b] = [worker.share(80), worker.share(80)];
    expect([a.take(80), a.take(1), b.take(21), b.take(20)]).toEqual([true, false, false, true]);
    a.close();
    expect([worker.used, b.take(60), worker.used]).toEqual([20, true, 80]);
    b.give(30);
    // Of a task that has ended, nothing is taken or given back any more.
    expect([a.take(1), worker.used]).toEqual([false, 50]);
    a.give(80);
    expect(worker.used).toBe(50);
  });

  it('is given in part where there is no more', () => {
    const memory = new StagingMemory(100);
    expect([memory.takeSome(64), memory.takeSome(64), memory.takeSome(64), memory.takeSome(64)]).toEqual([
      64, 32, 4, 0,
    ]);
  });

  it('holds all that is kept in it, however many files and tasks there are; everything comes back as it was', () => {
    const size = fc.oneof(fc.nat(70 * KIB), fc.nat(3 * MIB), fc.constantFrom(0, 64 * KIB, 64 * KIB + 1));
    const file = fc.record({ task: fc.nat(2), size, fate: fc.constantFrom('keep', 'abort', 'drop') });
    const budget = fc.oneof(fc.nat(200 * KIB), fc.nat(6 * MIB));
    fc.assert(
      fc.property(budget, fc.array(file, { maxLength: 12 }), (most, files) => {
        const worker = new StagingMemory(most);
        const tasks = [0, 1, 2].map(() => worker.share(most / 2));
        const kept: Staged[] = [];
        for (const [index, { task, size: bytes, fate }] of files.entries()) {
          const content = Buffer.alloc(bytes, index + 1);
          const stager = new Stager(folder, tasks[task]);
          for (let at = 0; at < bytes; at += 100_000) stager.write(content.subarray(at, at + 100_000));
          if (fate !== 'abort') {
            const staged = stager.finish();
            expect(whole(staged).equals(content)).toBe(true);
            if (fate === 'keep') kept.push(staged);
          }
          if (fate !== 'keep') stager.abort();
          expect(held(kept)).toBeLessThanOrEqual(worker.used);
          expect(worker.used).toBeLessThanOrEqual(most);
        }
        // What was dropped is on the disk no more.
        expect(readdirSync(folder).length).toBe(kept.filter(({ kind }) => kind === 'spool').length);
        for (const task of tasks) task.close();
        expect(worker.used).toBe(0);
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
      }),
      { numRuns: 60 },
    );
  });
});

/** Bytes of array buffers that somebody holds. */
const inBuffers = () => {
  collect();
  return process.memoryUsage().arrayBuffers;
};

it('A7: a thousand open outputs of a task take no more than its memory and a little for each', async () => {
  const memory = new StagingMemory(4 * MIB);
  const before = inBuffers();
  const stagers = Array.from({ length: 200 }, () => new Stager(folder, memory));
  const chunk = Buffer.alloc(64 * KIB + 1);
  for (const stager of stagers) stager.write(chunk);
  // What nobody holds is given back in a thread of its own.
  await expect.poll(() => inBuffers() - before).toBeLessThan(4 * MIB + 200 * 66 * KIB);
  for (const stager of stagers) stager.abort();
  expect(memory.used).toBe(0);
});

it('A7: the same data in many slots moves to a thread once', () => {
  const stager = new Stager(folder);
  stager.write(Buffer.alloc(100_000));
  const staged = stager.finish();
  const moved = transferables(Array.from({ length: 60 }, () => staged));
  const clones = structuredClone(
    Array.from({ length: 60 }, () => staged),
    { transfer: moved },
  );
  expect(
    new Set(clones.flatMap((one) => (one.kind === 'memory' ? one.chunks.map((c) => c.buffer) : []))).size,
  ).toBe(moved.length);
});

it('L8: a disk without room is the host’s fault, and is said to participants without a path', () => {
  const stager = new Stager(join(folder, 'is-not-there'), 0);
  let thrown: unknown;
  try {
    stager.write(Buffer.alloc(MIB));
    stager.finish();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'disk', forParticipants: expect.not.stringContaining('/') });
});
