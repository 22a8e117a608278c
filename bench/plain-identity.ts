/** A key and a certificate without evidence, for peers that speak plain TLS. */
import { ecKey, issueCertificate, pem, sequence } from '@gaiwan/attestation-kit';

export async function plainIdentity(): Promise<{ readonly certificate: string; readonly key: string }> {
  const key = await ecKey('P-256');
  const now = Date.now();
  const dnsName = Buffer.concat([Buffer.of(0x82, 9), Buffer.from('localhost')]);
  const { der } = await issueCertificate({
    subject: 'localhost',
    key,
    from: now - 60_000,
    to: now + 86_400_000,
    serial: '01',
    extensions: { '2.5.29.17': sequence(dnsName) },
  });
  const pkcs8 = Buffer.from(await key.export()).toString('base64');
  return {
    certificate: Buffer.from(pem(der)).toString(),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}
