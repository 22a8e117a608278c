/** Endorsements in the shape that phala's libraries take. */
import type { DcapEndorsements } from '@gaiwan/attestation';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** The exact text of the signed object, and its signature. */
function signed(bytes: Uint8Array | undefined, name: string): { value: string; signature: string } {
  const served = text(bytes);
  const begin = served.indexOf(`"${name}"`) + name.length + 2;
  const value = served.slice(
    served.indexOf('{', begin),
    served.lastIndexOf('}', served.lastIndexOf('"signature"')) + 1,
  );
  return { value, signature: /"signature"\s*:\s*"([0-9a-fA-F]*)"/.exec(served)?.[1] ?? '' };
}

export function phalaCollateral(endorsements: DcapEndorsements) {
  const info = signed(endorsements.tcbInfo, 'tcbInfo');
  const identity = signed(endorsements.qeIdentity, 'enclaveIdentity');
  const chain = text(endorsements.tcbSigningChain);
  return {
    pck_crl_issuer_chain: '',
    root_ca_crl: hex(endorsements.rootCrl),
    pck_crl: hex(endorsements.pckCrl),
    tcb_info_issuer_chain: chain,
    tcb_info: info.value,
    tcb_info_signature: info.signature,
    qe_identity_issuer_chain: chain,
    qe_identity: identity.value,
    qe_identity_signature: identity.signature,
    ...(endorsements.pckChain && { pck_certificate_chain: text(endorsements.pckChain) }),
  };
}
