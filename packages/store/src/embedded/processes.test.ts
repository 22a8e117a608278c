/** What only real processes show: kill -9 at any moment, a disk that is really full, a lock that dies with its owner. */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileRootKey } from '../root-key.ts';
import { refused } from '../testing/cases.ts';
import { openEmbeddedStore } from './open.ts';

const WRITER = fileURLToPath(new URL('../testing/writer.ts', import.meta.url));
const KILLS = 8;

let folder: string;
const open = () => openEmbeddedStore({ folder, rootKey: fileRootKey(join(folder, 'root.key')) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Kills the writer after some acknowledgements and a random moment more. Returns all that it acknowledged. */
async function killedWriter(whileRunning: () => Promise<void>): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('latin1');
  const ended = new Promise<void>((resolve) => child.stdout.once('end', resolve));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended by itself')));
    child.stdout.on('data', (text: string) => {
      out += text;
      if (out.length > 300) resolve();
    });
  });
  await whileRunning();
  // oxlint-disable-next-line tests/no-sleep -- it is killed at any moment
  await new Promise((resolve) => setTimeout(resolve, randomInt(200)));
  child.kill('SIGKILL');
  await ended;
  return out.split('\n').slice(0, -1);
}

it('kill -9: every acknowledged commit is there, whole, and nothing twice', async () => {
  const acknowledged = new Set<string>();
  for (let kill = 1; kill <= KILLS; kill++) {
    const acks = await killedWriter(() => (kill === 1 ? refused(open(), 'in-use') : Promise.resolve()));
    for (const ack of acks) {
      expect(acknowledged.has(ack), `${ack} was acknowledged before: its commit was lost`).toBe(false);
      acknowledged.add(ack);
    }
  }
  // The last killed process's lock is gone with it.
  const store = await open();
  const present = new Set<string>();
  for (const { key, value } of (await store.scan(['writer'])).entries) {
    const writer = key[1] ?? '';
    const rounds = Array.from({ length: Number(Buffer.from(value)) }, (_, index) => `${index + 1}`);
    for (const round of rounds) present.add(`${writer} ${round}`);
    const log: string[] = [];
    for (let page = await store.log(`writer-${writer}`); page.length > 0; ) {
      log.push(...page.map((entry) => Buffer.from(entry.value).toString()));
      page = await store.log(`writer-${writer}`, { from: log.length });
    }
    expect(log, `log of writer ${writer}`).toEqual(rounds);
    const keys = rounds.map((round) => ['round', writer, round]);
    for (let at = 0; at < keys.length; at += 1000)
      expect((await store.getMany(keys.slice(at, at + 1000))).every((entry) => entry?.version === 1)).toBe(
        true,
      );
  }
  const queued = new Set((await store.queue('rounds')).map(({ id }) => id.replace('/', ' ')));
  await store.close();
  const lost = [...acknowledged].filter((ack) => !present.has(ack));
  process.stdout.write(
    `kill -9: ${KILLS} kills, ${acknowledged.size} commits acknowledged, ${lost.length} lost, ${present.size - acknowledged.size} durable but not yet acknowledged\n`,
  );
  expect(lost).toEqual([]);
  expect(queued).toEqual(present);
  expect((await readdir(folder)).sort()).toEqual(['root.key', 'store.sqlite']);
});

const UNSHARE = 'unshare';
const namespaces = spawnSync(UNSHARE, ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
if (!namespaces)
  console.log('SKIPPED: a disk that is really full: unshare and mount are not permitted here.');

it.skipIf(!namespaces)('a disk that is really full (tmpfs; needs the right to mount)', async () => {
  const script =
    'mount -t tmpfs -o size=12m none "$1" && head -c 4000000 /dev/zero > "$1/ballast" && exec "$2" "$3" "$1/data" fill "$1/ballast"';
  const run = spawnSync(UNSHARE, ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, WRITER], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  const told = JSON.parse(run.stdout) as { code: string; written: number; kept: number; after: number };
  expect(told.code).toBe('disk-full');
  expect(told.written).toBeGreaterThan(5);
  expect(told.kept).toBe(told.written);
  expect(told.after).toBe(told.written + 1);
});
