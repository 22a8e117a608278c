/** What was verified of the other side, in words. */
import { createHash } from 'node:crypto';
import { measurementsIn } from '@gaiwan/attestation';
import type { ConfirmedPlatform, VerifiedPeer } from '@gaiwan/client';

const names: Readonly<Record<string, string>> = {
  tdx: 'Intel TDX',
  sgx: 'Intel SGX',
  snp: 'AMD SEV-SNP',
  nitro: 'AWS Nitro',
  cca: 'Arm CCA',
  tpm: 'TPM 2.0',
};

export interface PeerSummary {
  readonly simulated: boolean;
  readonly kind: string;
  readonly registers: Readonly<Record<string, string>>;
  readonly tcb?: string;
  /** Whether its memory can be read from outside. */
  readonly debug: boolean;
  /** SHA-256 of the certificate's key (SubjectPublicKeyInfo), which the evidence names. */
  readonly key: string;
  /** Which instance of the platform it is; absent where only a certificate was looked at. */
  readonly instance?: string;
  /**
   * What speaks for the connection: evidence about it, or a session-signing key that evidence named, of a machine whose evidence takes long
   * to make. Absent as `instance` is.
   */
  readonly connection?: ConfirmedPlatform['connection']['form'];
  /** When its evidence was made, ISO 8601: as of then the machine is as the registers say. Absent where the evidence does not say. */
  readonly evidenceTime?: string;
  /** Its epoch: a recovery, which may hide that its data were rolled back, begins another. Absent as `instance` is. */
  readonly epoch?: number;
  /** Transactions since its data folder was made. */
  readonly commits?: number;
}

export function summaryOf(peer: VerifiedPeer | ConfirmedPlatform): PeerSummary {
  const { verified, simulated } = peer;
  const { inner } = verified;
  const tcb = inner.kind === 'tdx' || inner.kind === 'sgx' ? inner.tcb.tcbStatus : undefined;
  const { issuedAt } = verified;
  return {
    simulated,
    kind: inner.kind,
    registers: measurementsIn(verified),
    ...(tcb && { tcb }),
    debug: debugOf(verified),
    key: createHash('sha256').update(verified.certificate.spki).digest('hex'),
    ...(issuedAt !== undefined && { evidenceTime: new Date(issuedAt).toISOString() }),
    ...('connection' in peer && {
      connection: peer.connection.form,
      instance: peer.connection.instance,
      epoch: peer.state.epoch,
      commits: peer.state.commits,
    }),
  };
}

function debugOf({ inner }: VerifiedPeer['verified']): boolean {
  if (inner.kind === 'tdx' || inner.kind === 'sgx') return inner.quote.body.debug;
  return 'debug' in inner && inner.debug === true;
}

/** Lines for people; the first says SIMULATION where that is what it rests on. */
export function describePeer(peer: VerifiedPeer | ConfirmedPlatform): string[] {
  const summary = summaryOf(peer);
  const { simulated, kind, registers, tcb, debug, key, instance, epoch, commits } = summary;
  const machine = `${names[kind] ?? kind}${simulated ? ', SIMULATION: a simulated machine, nothing is protected' : ''}`;
  return [
    `machine    ${machine}`,
    ...Object.entries(registers)
      // What was never extended says nothing.
      .filter(([, value]) => !/^0*$/.test(value))
      .map(([name, value]) => `${name.padEnd(10)} ${value}`),
    ...(tcb === undefined ? [] : [`TCB        ${tcb}`]),
    `debugging  ${debug ? 'ON: whoever has the machine reads everything' : 'off'}`,
    `TLS key    ${key} (named in the evidence)`,
    ...(instance === undefined ? [] : [`instance   ${instance} (of this connection)`]),
    ...connectionLine(summary),
    ...(epoch === undefined ? [] : [`epoch      ${epoch}, at commit ${commits}`]),
  ];
}

function connectionLine({ connection, evidenceTime }: PeerSummary): string[] {
  if (connection === undefined) return [];
  if (connection === 'evidence') return ['connection evidence about it, made for it'];
  return [
    `connection signed by a session-signing key, which evidence of ${evidenceTime} names: the registers are as of then`,
  ];
}
