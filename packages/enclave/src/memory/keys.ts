/**
 * Keys and MACs of fixed length, each clear of the first bytes of cache lines. `kind` tells them apart, so that a MAC is
 * not taken for a key.
 */
import { SecretBytes } from './secret-bytes.ts';

export class Key128 extends SecretBytes {
  static readonly bytes = 16;
  readonly kind = '128-bit key';
  constructor() {
    super(Key128.bytes);
  }
}

export class Key256 extends SecretBytes {
  static readonly bytes = 32;
  readonly kind = '256-bit key';
  constructor() {
    super(Key256.bytes);
  }
}

export class Mac128 extends SecretBytes {
  static readonly bytes = 16;
  readonly kind = '128-bit MAC';
  constructor() {
    super(Mac128.bytes);
  }
}

export class Mac256 extends SecretBytes {
  static readonly bytes = 32;
  readonly kind = '256-bit MAC';
  constructor() {
    super(Mac256.bytes);
  }
}

/** Scalar, big-endian. */
export class P256PrivateKey extends SecretBytes {
  static readonly bytes = 32;
  readonly kind = 'P-256 private key';
  constructor() {
    super(P256PrivateKey.bytes);
  }
}

/** X coordinate of the agreed point, big-endian. */
export class P256SharedKey extends SecretBytes {
  static readonly bytes = 32;
  readonly kind = 'P-256 shared key';
  constructor() {
    super(P256SharedKey.bytes);
  }
}
