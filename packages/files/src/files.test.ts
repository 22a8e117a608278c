import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aesCmac } from './cmac.ts';
import {
  ciphertextSize,
  decryptPrivately,
  encrypt,
  type FileKey,
  FilesError,
  type Scheme,
  schemes,
} from './index.ts';
import { decryptFile, encryptFile } from './node/index.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

function keyFor(scheme: Scheme): FileKey {
  const key = randomBytes(scheme === 'aes-gcm-256' ? 32 : 16);
  return scheme === 'teaclave-file-128' ? { scheme, key } : { scheme, key, iv: randomBytes(12) };
}

class Memory {
  bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.bytes.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(end - this.bytes.length)]);
    this.bytes.set(bytes, position);
  }
}

function* chunked(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function seal(plaintext: Uint8Array, key: FileKey, sizes: readonly number[] = []) {
  const sink = new Memory();
  const result = await encrypt(chunked(plaintext, sizes), sink, { key, name: 'f' });
  return { ...result, bytes: sink.bytes };
}

async function open(
  bytes: Uint8Array,
  key: FileKey,
  options: { name?: string; tag?: Uint8Array } = {},
  sizes: readonly number[] = [],
) {
  const chunks: Uint8Array[] = [];
  await decryptPrivately(chunked(bytes, sizes), (chunk) => void chunks.push(Buffer.from(chunk)), {
    key,
    ...options,
  });
  return Buffer.concat(chunks);
}

describe('AES-CMAC', () => {
  it.each([
    ['', 'bb1d6929e95937287fa37d129b756746'],
    ['6bc1bee22e409f96e93d7e117393172a', '070a16b46b4d4144f79bdd9dd04a287c'],
    [
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411',
      'dfa66747de9ae63030ca32611497c827',
    ],
  ])('RFC 4493 vector %#', (message, mac) => {
    expect(Buffer.from(aesCmac(hex('2b7e151628aed2a6abf7158809cf4f3c'), hex(message))).toString('hex')).toBe(
      mac,
    );
  });
});

describe.each(schemes)('%s', (scheme) => {
  const boundary = [
    0,
    1,
    3071,
    3072,
    3073,
    3072 + 4096,
    3072 + 4096 * 96,
    3072 + 4096 * 96 + 1,
    3072 + 4096 * 96 * 34 + 5,
  ];
  it.each(boundary)('%i bytes come back', async (size) => {
    const plaintext = randomBytes(size);
    const key = keyFor(scheme);
    const sealed = await seal(plaintext, key, [100_003]);
    expect(sealed).toMatchObject({ plaintextSize: size, size: ciphertextSize(scheme, size) });
    expect(sealed.bytes.length).toBe(sealed.size);
    expect(
      createHash('sha256')
        .update(await open(sealed.bytes, key, { name: 'f', tag: sealed.tag }, [65_537]))
        .digest(),
    ).toEqual(createHash('sha256').update(plaintext).digest());
  });

  it('does not care how the stream is cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 20_000 }),
        sizes,
        sizes,
        async (plaintext, cutIn, cutOut) => {
          const key = keyFor(scheme);
          const sealed = await seal(plaintext, key, cutIn);
          expect((await open(sealed.bytes, key, {}, cutOut)).equals(plaintext)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses every changed, cut or extended file with a typed error, and never gives other content', async () => {
    const key = keyFor(scheme);
    const plaintext = randomBytes(9000);
    const { bytes } = await seal(plaintext, key);
    // Bytes of the container that nothing covers: the padding behind the metadata, policy and platform fields.
    const unbound = (at: number) =>
      scheme === 'teaclave-file-128' &&
      ((at >= 3468 && at < 4096) || at === 9 || (at >= 12 && at < 16) || (at >= 48 && at < 80));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.record({ at: fc.nat(bytes.length - 1), flip: fc.integer({ min: 1, max: 255 }) }),
          fc.record({ cut: fc.nat(bytes.length - 1) }),
          fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 5000 }) }),
        ),
        async (change) => {
          const changed = Buffer.from(bytes);
          if ('at' in change) changed[change.at] = (changed[change.at] as number) ^ change.flip;
          const file =
            'cut' in change
              ? changed.subarray(0, change.cut)
              : 'more' in change
                ? Buffer.concat([changed, change.more])
                : changed;
          const result = await open(file, key).catch((error: unknown) => error);
          if ('at' in change && unbound(change.at)) expect(result).toEqual(plaintext);
          else expect(result).toBeInstanceOf(FilesError);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('names a wrong key, a wrong tag and arbitrary bytes', async () => {
    const key = keyFor(scheme);
    const { bytes, tag } = await seal(Buffer.from('hello'), key);
    await expect(open(bytes, { ...key, key: randomBytes(key.key.length) })).rejects.toMatchObject({
      code: 'corrupt',
    });
    const other = Buffer.from(tag);
    other[0] = (other[0] as number) ^ 1;
    await expect(open(bytes, key, { tag: other })).rejects.toMatchObject({ code: 'tag-mismatch' });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 9000 }), async (noise) => {
        await expect(open(noise, key)).rejects.toBeInstanceOf(FilesError);
      }),
      { numRuns: 200 },
    );
  });

  it('checks key and IV', async () => {
    const key = keyFor(scheme);
    await expect(seal(Buffer.alloc(1), { ...key, key: randomBytes(15) })).rejects.toMatchObject({
      code: 'bad-key-length',
    });
    await expect(seal(Buffer.alloc(1), { ...key, iv: randomBytes(11) })).rejects.toMatchObject({
      code: 'bad-iv-length',
    });
  });

  it('writes a file whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-files-'));
    try {
      const key = keyFor(scheme);
      const at = (name: string) => join(folder, name);
      writeFileSync(at('plain'), 'some text');
      const { tag } = await encryptFile(at('plain'), at('sealed'), { key });
      await decryptFile(at('sealed'), at('back'), { key, tag });
      expect(readFileSync(at('back'), 'utf8')).toBe('some text');
      const damaged = readFileSync(at('sealed'));
      damaged[100] = (damaged[100] ?? 0) ^ 1;
      writeFileSync(at('sealed'), damaged.subarray(0, damaged.length - 1));
      await expect(decryptFile(at('sealed'), at('no'), { key })).rejects.toBeInstanceOf(FilesError);
      await expect(encryptFile(at('absent'), at('no'), { key })).rejects.toMatchObject({ code: 'io' });
      expect(readdirSync(folder).sort()).toEqual(['back', 'plain', 'sealed']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('aes-gcm files', () => {
  it('are ciphertext and tag under eight zero bytes of additional data', async () => {
    const key = keyFor('aes-gcm-256');
    const cipher = createCipheriv('aes-256-gcm', key.key, key.iv as Uint8Array).setAAD(Buffer.alloc(8));
    const expected = Buffer.concat([cipher.update('abc'), cipher.final(), cipher.getAuthTag()]);
    expect((await seal(Buffer.from('abc'), key)).bytes).toEqual(expected);
  });
});

describe('stored names', () => {
  it.each(['', '.', '..', 'a/b', '/etc/passwd', 'a\0b', 'x'.repeat(260)])('%j is refused', async (name) => {
    const key = keyFor('teaclave-file-128');
    await expect(encrypt([Buffer.from('x')], new Memory(), { key, name })).rejects.toMatchObject({
      code: 'bad-name',
    });
  });

  it('are compared on opening', async () => {
    const key = keyFor('teaclave-file-128');
    const { bytes } = await seal(Buffer.from('x'), key);
    await expect(open(bytes, key, { name: 'g' })).rejects.toMatchObject({ code: 'name-mismatch' });
  });
});

describe('a source that is refused in the middle', () => {
  it.each(schemes)('is closed: %s', async (scheme) => {
    const key = keyFor(scheme);
    const { bytes } = await seal(randomBytes(500_000), key);
    const changed = Buffer.from(bytes);
    changed[200_000] = (changed[200_000] as number) ^ 1;
    for (const [content, options] of [
      [changed, { key }],
      [bytes, { key: keyFor(scheme) }],
      [bytes, { key, tag: new Uint8Array(16) }],
    ] as const) {
      let closed = false;
      async function* source() {
        try {
          yield* chunked(content, [4096]);
        } finally {
          closed = true;
        }
      }
      await expect(decryptPrivately(source(), () => undefined, options)).rejects.toBeInstanceOf(FilesError);
      expect(closed).toBe(true);
    }
  });
});

const fixtures = new URL('../../../../shared/fixtures/teaclave-file-128/', import.meta.url);
if (!existsSync(fixtures)) console.log("SKIPPED: Teaclave's own files are not on this machine.");
describe.skipIf(!existsSync(fixtures))('files of Teaclave (skipped: not on this machine)', () => {
  const read = (name: string) => readFileSync(new URL(name, fixtures));
  it.each([
    ['bank_a.enc', 'bank_a.txt'],
    ['bank_b.enc', 'bank_b.txt'],
    ['psi0.txt.enc', 'psi0.txt'],
    ['train.enc', 'train.txt'],
  ])('%s', async (sealed, plain) => {
    const bytes = read(sealed);
    const key: FileKey = { scheme: 'teaclave-file-128', key: new Uint8Array(16) };
    expect(await open(bytes, key, { name: sealed, tag: bytes.subarray(80, 96) })).toEqual(read(plain));
  });

  it('train.aes_gcm_128', async () => {
    const key: FileKey = { scheme: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12).fill(1) };
    const tag = hex('592f1e607649d89ff2aa8a2841a57cad');
    expect(await open(read('train.aes_gcm_128'), key, { tag })).toEqual(read('train.txt'));
  });
});
