/** kill -9 while an anchor advances, keys are rotated and epochs begin. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fileAnchor } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';
import { expect, it, onTestFinished } from 'vitest';
import { sealedRoot } from './support/sealed-root.ts';

const ANCHORED = fileURLToPath(new URL('./support/anchored.ts', import.meta.url));
const AS_SOON_AS_OPEN = /^e /m;
const TWO_COMMITS = /^\d+\n[\s\S]*^\d+\n/m;
const AND_A_ROTATION = /^(?=[\s\S]*^k\n)[\s\S]*^\d+\n[\s\S]*^\d+\n/m;
/** Output after which a process is killed, in turn. */
const moments = [TWO_COMMITS, AND_A_ROTATION, AS_SOON_AS_OPEN] as const;
const KILLS = Number(process.env['GAIWAN_TEST_KILLS']);

it(`${KILLS} kills between commits, rotations and their anchor: nothing acknowledged is lost, and no epoch begins by itself`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-anchor-kills-'));
  onTestFinished(() => rm(folder, { recursive: true }));

  /** Ends it a moment after its output is enough. Returns its lines. */
  const killed = async (how: string, enough: RegExp) => {
    const child = spawn(process.execPath, [ANCHORED, folder, how], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('latin1');
    const ended = new Promise<void>((resolve) => child.stdout.once('end', resolve));
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('it ended by itself: the store was refused')));
      child.stdout.on('data', (text: string) => {
        out += text;
        if (enough.test(out)) resolve();
      });
    });
    // oxlint-disable-next-line tests/no-sleep -- it is killed at any moment
    await sleep(randomInt(20));
    child.kill('SIGKILL');
    await ended;
    return out.split('\n').slice(0, -1);
  };

  /** Ends a recovery at any moment from when it is about to write the epoch. */
  const cutOff = async () => {
    const child = spawn(process.execPath, [ANCHORED, folder, 'recover'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    // oxlint-disable-next-line tests/no-sleep -- it is killed at any moment
    await sleep(randomInt(60));
    child.kill('SIGKILL');
    await ended;
  };

  let [epoch, cut, begun, rotated] = [1, 0, 0, 0];
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const recovers = kill % 4 === 3;
    const interrupted = kill % 4 === 1;
    if (interrupted) {
      await cutOff();
      cut++;
    }
    const enough = moments[kill % moments.length] ?? AS_SOON_AS_OPEN;
    const lines = await killed(recovers ? 'recover' : 'go-on', enough);
    const now = Number(lines.find((line) => line.startsWith('e '))?.slice(2));
    if (recovers) expect(now).toBe(epoch + 1);
    else if (interrupted) {
      expect([epoch, epoch + 1]).toContain(now);
      begun += now - epoch;
    } else expect(now).toBe(epoch);
    epoch = now;
    for (const line of lines) if (/^\d+$/.test(line)) acknowledged.add(line);
    rotated += lines.filter((line) => line === 'k').length;
  }

  const anchor = fileAnchor(join(folder, 'anchor'));
  const store = await openEmbeddedStore({
    folder: join(folder, 'store'),
    rootKey: sealedRoot(folder),
    anchor: { anchor },
  });
  // What a rotation before the last kill left is sealed anew, which nobody waits for.
  await store.reseal();
  await store.anchored();
  const head = await store.head();
  expect(head.epoch).toBe(epoch);
  expect(await anchor.read()).toEqual(head);
  const each = await store.getMany([...acknowledged].map((id) => ['each', id]));
  expect(each.filter((entry) => entry === undefined)).toEqual([]);
  await store.close();
  console.log(
    `${KILLS} kills: ${acknowledged.size} commits and ${rotated} rotations acknowledged, ${head.commits} on the disk, epoch ${head.epoch}; of ${cut} recoveries that were cut off, ${begun} had begun an epoch`,
  );
  expect(acknowledged.size).toBeGreaterThan(KILLS);
  expect(rotated).toBeGreaterThan(0);
});
