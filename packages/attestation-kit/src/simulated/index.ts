/**
 * A PKI of Intel's shape under a root of its own, and a machine under it that signs genuine quotes of any body: what simulated
 * machines are made of. Production roots refuse all of it, and its root says that it is simulated.
 */
export { ecKey, importEcKey } from '../issue/keys.ts';
export { pem } from '../issue/x509.ts';
export { makeCrl } from './certificates.ts';
export { tcbLevel } from './collateral.ts';
export { type FakeIntel, fakeIntel, type IntelEndorsements } from './intel.ts';
export type { IntelKeys, IntelOptions } from './pki.ts';
export type { QuoteOptions } from './quote-bytes.ts';
