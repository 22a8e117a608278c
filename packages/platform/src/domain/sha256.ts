import { hash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array | string): Buffer => hash('sha256', bytes, 'buffer');

/** In lower-case hexadecimal, as manifests have digests. */
export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes);
