import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Staged, Stager } from '@gaiwan/executors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf } from './digests.ts';

const MIB = 1 << 20;
const bytes = randomBytes(32 * MIB + 5);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-digests-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function stage(memoryLimit: number): Staged {
  const stager = new Stager(folder, memoryLimit);
  stager.write(bytes);
  return stager.finish();
}
const result = (staged: Staged) => ({ returnValue: Buffer.from('r'), log: [], outputs: { o: staged } });
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

describe.each([
  ['in memory', 64 * MIB],
  ['on disk', 0],
])('digests of what was staged %s', (_where, limit) => {
  it('are right, and others get their turn meanwhile', async () => {
    let turns = 0;
    let over = false;
    const other = () => {
      turns++;
      if (!over) setImmediate(other);
    };
    setImmediate(other);
    const digests = await digestsOf(result(stage(limit)), new AbortController().signal);
    over = true;
    expect(digests).toEqual({ returnValue: sha256(Buffer.from('r')), outputs: { o: sha256(bytes) } });
    expect(turns).toBeGreaterThanOrEqual(7);
  });

  it('end with a cancel', async () => {
    const abort = new AbortController();
    const digests = digestsOf(result(stage(limit)), abort.signal);
    abort.abort();
    await expect(digests).rejects.toMatchObject({ code: 'canceled' });
  });
});
