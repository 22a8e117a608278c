import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadOrCreateIdentity } from './identity.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-01-01T00:00:00Z');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is made for the names asked for, its key for its owner alone', async () => {
  const { certificate, fingerprint } = await loadOrCreateIdentity(folder, ['bank.example', '10.0.0.7'], now);
  const parsed = new X509Certificate(certificate);
  for (const host of ['localhost', 'bank.example']) expect(parsed.checkHost(host)).toBe(host);
  for (const address of ['127.0.0.1', '10.0.0.7']) expect(parsed.checkIP(address)).toBe(address);
  expect(parsed.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
  expect(statSync(join(folder, 'tls-key.pem')).mode & 0o777).toBe(0o600);
});

it('stays the same until a week before it ends', async () => {
  const first = await loadOrCreateIdentity(folder, [], now);
  expect(await loadOrCreateIdentity(folder, [], now + 817 * DAY)).toEqual(first);
  const next = await loadOrCreateIdentity(folder, [], now + 819 * DAY);
  expect(next.fingerprint).not.toBe(first.fingerprint);
  expect(readFileSync(next.certificatePath, 'utf8')).toBe(next.certificate);
});

it.each([
  [
    'a certificate of another key',
    'tls-cert.pem',
    async () => {
      const other = mkdtempSync(join(tmpdir(), 'gaiwan-tls-'));
      const { certificate } = await loadOrCreateIdentity(other, [], now);
      rmSync(other, { recursive: true });
      return certificate;
    },
  ],
  ['a broken certificate', 'tls-cert.pem', () => 'not PEM'],
  ['a broken key', 'tls-key.pem', () => ''],
])('%s is refused with what to do, and nothing is replaced', async (_what, file, text) => {
  await loadOrCreateIdentity(folder, [], now);
  const content = await text();
  writeFileSync(join(folder, file), content);
  await expect(loadOrCreateIdentity(folder, [], now)).rejects.toMatchObject({
    code: 'bad-identity',
    message: expect.stringContaining('remove both'),
  });
  expect(readFileSync(join(folder, file), 'utf8')).toBe(content);
});
