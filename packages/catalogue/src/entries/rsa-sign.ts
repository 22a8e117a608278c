import { defineEntry } from '../entry.ts';
import { rsaKey, rsaSignature } from '../examples/rsa-key.ts';

export const rsaSignEntry = defineEntry({
  name: 'builtin-rsa-sign',
  summary: "Signs a text with a party's RSA key.",
  details:
    'RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017). The key has 2048, 3072 or 4096 bits, an exponent of at least 65537, ' +
    'and is a DER `RSAPrivateKey` (PKCS#1, not PKCS#8). The bytes that were read are wiped after use; the copy that ' +
    'OpenSSL makes of them is not until the garbage collector frees it.',
  arguments: { data: { type: 'string', text: 'What is signed, as UTF-8' } },
  inputs: [{ name: 'rsa_key', text: 'DER of an `RSAPrivateKey` (PKCS#1)' }],
  outputs: [],
  returns: 'the signature in base64',
  example: {
    arguments: { data: 'Hello, Gaiwan!' },
    inputs: { rsa_key: rsaKey },
    returns: rsaSignature,
  },
});
