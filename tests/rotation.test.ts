/** kill -9 in the middle of rotations of a store's keys, and hand-overs by another process meanwhile. */
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { derivedKeySealer, SealingError, sealedRootKey } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';
import { expect, it, onTestFinished } from 'vitest';

const ROTATING = fileURLToPath(new URL('./support/rotating.ts', import.meta.url));
const KILLS = Number(process.env['GAIWAN_TEST_ROTATION_KILLS']);

it(`${KILLS} kills in the middle of rotations: the store opens each time, with everything that was acknowledged`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-rotation-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const secret = randomBytes(32);
  const rootOf = (register: string) => sealedRootKey(join(folder, 'root.sealed'), on(register));
  const on = (mrTd: string) =>
    derivedKeySealer({ registers: { mrTd }, key: async () => Uint8Array.from(secret) });

  /** Ends it when its output is enough, and a moment later. Returns what it acknowledged. */
  const killed = async (register: string, enough: RegExp, meanwhile: () => Promise<void>) => {
    const child = spawn(process.execPath, [ROTATING, folder, secret.toString('hex'), register], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('latin1');
    const ended = new Promise<void>((resolve) => child.stdout.once('end', resolve));
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('it ended by itself: the store was lost')));
      child.stdout.on('data', (text: string) => {
        out += text;
        if (enough.test(out)) resolve();
      });
    });
    await meanwhile();
    // oxlint-disable-next-line tests/no-sleep -- it is killed at any moment
    await sleep(randomInt(60));
    child.kill('SIGKILL');
    await ended;
    return out.split('\n').slice(0, -1);
  };

  let [acknowledged, rotations, handed, refused] = [0, 0, 0, 0];
  let now = '01';
  const left = new Map<number, number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const next = now === '01' ? '02' : '01';
    let given = false;
    // One in four may end before it has rotated at all.
    const enough = kill % 4 === 0 ? /^\d+\n/m : /^\d+\n(.*\n)*r\n|^r\n(.*\n)*\d+\n/m;
    const lines = await killed(now, enough, async () => {
      if (kill % 3 === 0) return;
      // oxlint-disable-next-line tests/no-sleep -- it is handed over at any moment
      await sleep(randomInt(40));
      // Once, or until it meets no rotation.
      do {
        try {
          await rootOf(now).reseal(on(next));
          given = true;
          handed++;
        } catch (error) {
          // Only because the two met.
          if (!(error instanceof SealingError) || error.code !== 'rotating') throw error;
          refused++;
        }
      } while (!given && kill % 3 === 1);
    });
    for (const line of lines) {
      if (line === 'r') rotations++;
      else acknowledged = Math.max(acknowledged, Number(line));
    }
    const files = (await readdir(folder)).length;
    left.set(files, (left.get(files) ?? 0) + 1);
    // What was handed on opens for the next.
    if (given) now = next;
  }

  const store = await openEmbeddedStore({ folder: join(folder, 'store'), rootKey: rootOf(now) });
  const counted = Number(Buffer.from((await store.get(['count']))?.value ?? []).toString());
  expect(counted).toBeGreaterThanOrEqual(acknowledged);
  for (let n = 1; n <= counted; n++)
    expect(Buffer.from((await store.get(['each', String(n)]))?.value ?? []).toString()).toBe(String(n));
  await store.close();
  console.log(
    `${KILLS} kills: ${rotations} rotations, ${acknowledged} commits acknowledged, ${counted} found, ${handed} hand-overs, ${refused} refused; ` +
      `entries in the folder after a kill: ${[...left].map(([files, times]) => `${files} (${times} times)`).join(', ')}`,
  );
  expect(rotations).toBeGreaterThan(KILLS / 2);
  expect(handed).toBeGreaterThan(0);
  expect((await readdir(folder)).sort()).toEqual(['root.sealed', 'store']);
});
