/** For tests of what signatures have no part in. */
import type { SignatureCheck } from '../pipeline/signatures.ts';

/** Nobody has a key. */
export const withoutKeys: SignatureCheck = { verify: () => ({ by: 'password' }) };
