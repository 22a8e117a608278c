/** Encryption and decryption of a file on disk, beside a loop over raw `node:crypto` and beside `openssl enc`. */
import { spawnSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
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

export async function run(): Promise<void> {
  console.log(`files: ${SIZE / MIB} MiB from file to file, synced; median of ${ROUNDS}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
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
