/** Facts of the formats that are not of one vendor's confidential machine. */
import { dictionary } from '@gaiwan/errors';
import type { VerifiedCca } from '../arm/cca.ts';
import type { VerifiedPsa } from '../arm/psa.ts';
import { fromBase64Url, toHex, utf8Bytes } from '../bytes.ts';
import type { VerifiedEar } from '../results/ear.ts';
import type { VerifiedTpm } from '../tpm/quote.ts';
import type { Facts } from './facts.ts';
import { tpmRegisters } from './registers.ts';

/** Of a TPM quote. */
export function tpmFacts(verified: VerifiedTpm): Facts {
  return {
    debug: false,
    migratable: false,
    measurements: tpmRegisters(verified.pcrs),
    signers: [],
    nonce: verified.attest.extraData.length === 0 ? null : toHex(verified.attest.extraData),
    keyTrust: verified.keyTrust,
    weakBanks: verified.weakBanks,
    ...(verified.eventLog && { repeatedSeparators: verified.eventLog.repeatedSeparators }),
    identity: {},
  };
}

/** Of a CCA token: the realm's measurements. */
export function armFacts(verified: VerifiedCca): Facts {
  const extensible = verified.extensibleMeasurements.map((value, index) => [`rem${index}`, value] as const);
  return {
    debug: verified.debug,
    migratable: false,
    measurements: { rim: verified.initialMeasurement, ...dictionary(extensible) },
    signers: [],
    nonce: verified.nonce,
    identity: { instanceId: verified.instanceId, implementationId: verified.implementationId },
  };
}

/** Of a PSA token: its software components. */
export function psaFacts(verified: VerifiedPsa): Facts {
  return {
    debug: verified.debug,
    migratable: false,
    measurements: verified.components,
    signers: [],
    nonce: verified.nonce,
    identity: { instanceId: verified.instanceId, implementationId: verified.implementationId },
  };
}

/** JSON has the nonce as text: base64url of its bytes, as everybody writes it; other text stands for itself. */
function nonceHex(nonce: string): string {
  return toHex(
    /^[A-Za-z0-9_-]+$/.test(nonce) && nonce.length % 4 !== 1 ? fromBase64Url(nonce) : utf8Bytes(nonce),
  );
}

/** Of an attestation result: another verifier's judgement. */
export function earFacts({ ear }: VerifiedEar): Facts {
  return {
    debug: false,
    migratable: false,
    // The verifier compared the measurements; its status says with which result.
    measurements: {},
    signers: [],
    nonce: ear.nonce === undefined ? null : nonceHex(ear.nonce),
    time: ear.issuedAt * 1000,
    earStatus: ear.status,
    identity: {},
  };
}
