/** Encryption and decryption of a file on disk, beside a loop over raw `node:crypto` and beside `openssl enc`. */
import { spawnSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileKey, schemes } from '@gaiwan/files';
import { decryptFile, encryptFile } from '@gaiwan/files/node';
import { quantile } from './stats.ts';

const MIB = 1 << 20;
const SIZE = 256 * MIB;
const ROUNDS = 5;
/** In memory where there is such a folder: a virtual disk's bursts differ more than the contenders do. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** The least that any encryption of a file does: read, encrypt, write, sync. */
async function rawNodeCrypto(input: string, output: string): Promise<void> {
  const cipher = createCipheriv('aes-128-gcm', randomBytes(16), randomBytes(12));
  const from = await open(input, 'r');
  const to = await open(output, 'w');
  const buffer = new Uint8Array(MIB);
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, MIB);
    if (bytesRead === 0) break;
    await to.write(cipher.update(buffer.subarray(0, bytesRead)));
  }
  cipher.final();
  await to.write(cipher.getAuthTag());
  await to.sync();
  await Promise.all([from.close(), to.close()]);
}

/** The least that teaclave-file-128 can do: its format wants a key and a tag for each node of 4 KiB. */
async function rawNodes(input: string, output: string): Promise<void> {
  const from = await open(input, 'r');
  const to = await open(output, 'w');
  const buffer = new Uint8Array(MIB);
  const iv = new Uint8Array(12);
  const keys = randomBytes(16 * 256);
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, MIB);
    if (bytesRead === 0) break;
    const out = new Uint8Array(bytesRead);
    for (let at = 0, node = 0; at < bytesRead; at += 4096, node++) {
      const cipher = createCipheriv('aes-128-gcm', keys.subarray(16 * node, 16 * node + 16), iv);
      out.set(cipher.update(buffer.subarray(at, Math.min(at + 4096, bytesRead))), at);
      cipher.final();
      cipher.getAuthTag();
    }
    await to.write(out);
  }
  await to.sync();
  await Promise.all([from.close(), to.close()]);
}

export async function run(): Promise<void> {
  console.log(`files: ${SIZE / MIB} MiB from file to file in ${FOLDER}, synced; median of ${ROUNDS}`);
  const folder = mkdtempSync(join(FOLDER, 'gaiwan-bench-'));
  const at = (name: string) => join(folder, name);
  try {
    const plain = await open(at('plain'), 'w');
    for (let i = 0; i < SIZE / MIB; i++) await plain.write(randomBytes(MIB));
    await plain.close();
    const keys = new Map(
      schemes.map((scheme): [string, FileKey] => {
        const key = randomBytes(scheme === 'aes-gcm-256' ? 32 : 16);
        return [
          scheme,
          scheme === 'teaclave-file-128' ? { scheme, key } : { scheme, key, iv: randomBytes(12) },
        ];
      }),
    );
    const contenders = new Map<string, () => unknown>([
      ['raw node:crypto (gcm-128)', () => rawNodeCrypto(at('plain'), at('raw'))],
      ['raw node:crypto (key each 4 KiB)', () => rawNodes(at('plain'), at('raw'))],
      [
        'openssl enc (ctr-128, no tag)',
        () => {
          const zero = '0'.repeat(32);
          const files = ['-in', at('plain'), '-out', at('openssl')];
          spawnSync('openssl', ['enc', '-aes-128-ctr', '-K', zero, '-iv', zero, ...files]);
          spawnSync('sync', ['--data', at('openssl')]);
        },
      ],
    ]);
    for (const [scheme, key] of keys) {
      contenders.set(`encrypt ${scheme}`, () => encryptFile(at('plain'), at(scheme), { key }));
      contenders.set(`decrypt ${scheme}`, () => decryptFile(at(scheme), at('back'), { key }));
    }
    const times = new Map<string, number[]>([...contenders.keys()].map((name) => [name, []]));
    // In turn, so that a change of the machine's mood meets all alike.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, contender] of contenders) {
        // Nobody pays for what another has left unwritten.
        spawnSync('sync');
        const started = performance.now();
        await contender();
        if (round > 0) times.get(name)?.push(performance.now() - started);
      }
    }
    if (statSync(at('back')).size !== SIZE) throw new Error('the file did not come back');
    const speed = (name: string) =>
      SIZE /
      MIB /
      (quantile(
        (times.get(name) ?? []).sort((a, b) => a - b),
        0.5,
      ) /
        1000);
    const [raw] = contenders.keys();
    for (const name of contenders.keys()) {
      const ratio = speed(name) / speed(raw as string);
      console.log(
        `${name.padEnd(34)} ${speed(name).toFixed(0).padStart(5)} MiB/s   ${ratio.toFixed(2)} of raw node:crypto`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
