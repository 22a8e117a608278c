import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileSigner, makeKeyFile } from './file-signer.ts';
import { limits } from './limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaiwan-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const bad = expect.objectContaining({ code: 'bad-key-file' });
const bytes = Buffer.from('a statement');

const pemOf = (curve: 'prime256v1' | 'secp384r1') =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' });

describe('a key in a file', () => {
  it('is made for its owner alone, and never over another', async () => {
    await makeKeyFile(at('made.pem'));
    expect(statSync(at('made.pem')).mode & 0o777).toBe(0o600);
    const before = readFileSync(at('made.pem'));
    await expect(makeKeyFile(at('made.pem'))).rejects.toEqual(bad);
    expect(readFileSync(at('made.pem'))).toEqual(before);
    const signer = await fileSigner(at('made.pem'));
    expect(signer.algorithm).toBe('Ed25519');
    const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' });
    expect(verify(null, bytes, key, await signer.sign(bytes))).toBe(true);
  });

  it('may be of P-256', async () => {
    writeFileSync(at('p256.pem'), pemOf('prime256v1'), { mode: 0o600 });
    const signer = await fileSigner(at('p256.pem'));
    expect(signer.algorithm).toBe('ES256');
    const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' });
    const signature = await signer.sign(bytes);
    expect(signature).toHaveLength(64);
    expect(verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o660])(
    'that others can read or change (%o) is refused',
    async (mode) => {
      await makeKeyFile(at(`open-${mode}.pem`));
      chmodSync(at(`open-${mode}.pem`), mode);
      await expect(fileSigner(at(`open-${mode}.pem`))).rejects.toEqual(bad);
    },
  );

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['no key', 'hello'],
    ['a key of another kind', pemOf('secp384r1')],
    ['more than any key has', new Uint8Array(limits.keyFile.value + 1)],
  ])('is not %s', async (what, content) => {
    writeFileSync(at(`bad-${what}`), content, { mode: 0o600 });
    await expect(fileSigner(at(`bad-${what}`))).rejects.toEqual(bad);
  });

  it("in OpenSSH's format is refused, and what to do is said", async () => {
    const pem =
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n';
    writeFileSync(at('id_ed25519'), pem, { mode: 0o600 });
    const hint = { code: 'bad-key-file', message: expect.stringContaining('ssh-add') };
    await expect(fileSigner(at('id_ed25519'))).rejects.toMatchObject(hint);
  });

  it('is there, and is a file', async () => {
    mkdirSync(at('folder'), { mode: 0o700 });
    await expect(fileSigner(at('folder'))).rejects.toEqual(bad);
    await expect(fileSigner(at('absent'))).rejects.toEqual(bad);
  });
});
