/** Encrypted file formats as streams: aes-gcm-128, aes-gcm-256, teaclave-file-128. */
export * from './crypt.ts';
export * from './errors.ts';
export { GcmDecryptor, GcmEncryptor } from './gcm.ts';
export { decryptProtectedFile, type ProtectedReadOptions } from './protected/reader.ts';
export * from './scheme.ts';
