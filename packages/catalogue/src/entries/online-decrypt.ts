import { defineEntry } from '../entry.ts';

export const onlineDecryptEntry = defineEntry({
  name: 'builtin_online_decrypt',
  summary: 'Decrypts a text with AES-GCM; key and ciphertext are arguments.',
  details:
    'Whoever may see the task sees its arguments, and so the key. There is no additional authenticated data, unlike ' +
    'in encrypted files.',
  arguments: {
    key: { type: 'string', text: 'base64 of 16 or 32 bytes, as the algorithm wants' },
    nonce: { type: 'string', text: 'base64 of at least 12 bytes, of which the first 12 are used' },
    encrypted_data: { type: 'string', text: 'base64 of the ciphertext and its 16-byte tag' },
    algorithm: { type: 'string', text: '`aes128gcm` or `aes256gcm`' },
  },
  inputs: [],
  outputs: [],
  returns: 'the plaintext, which must be UTF-8',
  example: {
    arguments: {
      key: 'aqUdgZ0lJnuz9yiPkoDxMw==',
      nonce: 'AAECAwQFBgcICQoL',
      encrypted_data: 'OqMscYqxk1CshHQZulTrrDlJjS/v6BE/clWJyTerUw==',
      algorithm: 'aes128gcm',
    },
    returns: 'Hello Teaclave!',
  },
});
