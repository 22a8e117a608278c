/** Public areas of the keys that are made (TPM 2.0 Library, Part 2, 12.2; TCG EK Credential Profile, B.3.3). */
import { concat, tpm2b, u16, u32 } from './wire.ts';

const SHA256 = 0x000b;
const NULL = 0x0010;
const ECC = 0x0023;
const RSA = 0x0001;
const KEYEDHASH = 0x0008;
const ECDSA = 0x0018;
const P256 = 0x0003;
const AES_128_CFB = concat(u16(0x0006), u16(128), u16(0x0043));
const none = new Uint8Array();

const bits = {
  fixedTpm: 0x2,
  fixedParent: 0x10,
  sensitiveDataOrigin: 0x20,
  userWithAuth: 0x40,
  adminWithPolicy: 0x80,
  /** Failed authorizations elsewhere do not lock it. */
  noDa: 0x400,
  restricted: 0x10000,
  decrypt: 0x20000,
  sign: 0x40000,
} as const;
const attributes = (...names: (keyof typeof bits)[]): Uint8Array =>
  u32(names.reduce((sum, name) => sum | bits[name], 0));

/** Signs only what the TPM itself has made. */
export const attestationKey: Uint8Array = concat(
  u16(ECC),
  u16(SHA256),
  attributes('fixedTpm', 'fixedParent', 'sensitiveDataOrigin', 'userWithAuth', 'noDa', 'restricted', 'sign'),
  tpm2b(none),
  u16(NULL),
  u16(ECDSA),
  u16(SHA256),
  u16(P256),
  u16(NULL),
  tpm2b(none),
  tpm2b(none),
);

/** Parent of what is sealed. */
export const storageKey: Uint8Array = concat(
  u16(ECC),
  u16(SHA256),
  attributes(
    'fixedTpm',
    'fixedParent',
    'sensitiveDataOrigin',
    'userWithAuth',
    'noDa',
    'restricted',
    'decrypt',
  ),
  tpm2b(none),
  AES_128_CFB,
  u16(NULL),
  u16(P256),
  u16(NULL),
  tpm2b(none),
  tpm2b(none),
);

/** Used with the consent of the endorsement hierarchy only: PolicySecret(TPM_RH_ENDORSEMENT). */
const EK_POLICY = Buffer.from('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa', 'hex');

/** Template L-1: RSA 2048. */
export const endorsementKey: Uint8Array = concat(
  u16(RSA),
  u16(SHA256),
  attributes('fixedTpm', 'fixedParent', 'sensitiveDataOrigin', 'adminWithPolicy', 'restricted', 'decrypt'),
  tpm2b(EK_POLICY),
  AES_128_CFB,
  u16(NULL),
  u16(2048),
  u32(0),
  tpm2b(new Uint8Array(256)),
);

/** Data that only a policy opens. */
export const sealedData = (policy: Uint8Array): Uint8Array =>
  concat(
    u16(KEYEDHASH),
    u16(SHA256),
    attributes('fixedTpm', 'fixedParent', 'noDa'),
    tpm2b(policy),
    u16(NULL),
    tpm2b(none),
  );
