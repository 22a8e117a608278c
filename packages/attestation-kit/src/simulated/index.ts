/**
 * A PKI of Intel's shape under a root of its own, and a machine under it that signs genuine quotes of any body: what simulated
 * machines are made of. Production roots refuse all of it.
 */
export { ecKey, importEcKey } from '../issue/keys.ts';
export { pem } from '../issue/x509.ts';
export { type FakeIntel, fakeIntel, type IntelKeys, tcbLevel } from './intel.ts';
export { makeCrl } from './x509.ts';
