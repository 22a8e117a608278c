/** attest: what a running service says that it is, and whether that is to be believed. */
import { inspect } from '@gaiwan/attestation';
import type { ConfirmedPlatform } from '@gaiwan/client';
import { messageOf, systemCode } from '@gaiwan/errors';
import type { PeerTrust } from '@gaiwan/trust';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { examples, type Json, jsonFlag, requiredText } from '../flags.ts';
import { describePeer, summaryOf } from '../peer.ts';
import { readTrust, type TrustFlags, trustFlags, trustFrom } from '../trust.ts';
import { lines } from './evidence-text.ts';

interface AttestFlags extends Json, TrustFlags {
  readonly address: string;
  readonly service?: Kind | undefined;
}

const kinds = ['frontend', 'authentication'] as const;
type Kind = (typeof kinds)[number];

function addressOf(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] =
    /^(?:https:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^:/]+)):(\d{1,5})\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65535)
    throw usage(`--address must look like host:7777, not ${JSON.stringify(text)}.`);
  return { host, port: Number(port) };
}

interface NotConfirmed {
  readonly reason: string;
  readonly message: string;
}

/** The service itself, on a connection of its own; or why it is not known to be there. */
async function confirm(
  { host, port }: ReturnType<typeof addressOf>,
  trust: PeerTrust,
): Promise<ConfirmedPlatform | NotConfirmed> {
  const { GaiwanError, peerAt } = await import('@gaiwan/client');
  const { PeerVerifier } = await import('@gaiwan/trust');
  const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  try {
    return await peerAt(url, new PeerVerifier(trust));
  } catch (error) {
    if (!(error instanceof GaiwanError)) throw error;
    return { reason: error.reason ?? error.code, message: error.message };
  }
}

export const attest = buildCommand<AttestFlags, [], Context>({
  docs: {
    brief: 'Show the evidence of a running service, and the verdict',
    fullDescription: `Connects, takes the certificate that the service presents, and shows what the evidence in it says, and whether it is genuine
and accepted. Where it is, connects again and has the service attest that very connection, which shows that nobody stands
in between, which instance of the platform it is, in which epoch, and how far its data have come. Nothing but nonces is sent. Exit code 0: accepted. 1: refused, with the reason; without reference values everybody is.
3: nobody answers.

${examples(
  'gaiwan attest --address bank.example:7777 --enclave-info enclave_info.toml --auditor anna.pub --signature anna.sign',
  'gaiwan attest --address localhost:7777 --simulation ./machine --policy policy.json --json',
)}`,
  },
  parameters: {
    flags: {
      address: requiredText('Host and port of the service', 'HOST:PORT'),
      service: {
        kind: 'enum',
        values: kinds,
        brief: 'Which service it is to be, by --enclave-info (default: frontend)',
        optional: true,
      },
      ...trustFlags,
      json: jsonFlag,
    },
  },
  async func({ address, service = 'frontend', json, ...flags }) {
    const where = addressOf(address);
    const { judge, MAXIMUM_AGE, policiesFor, presentedCertificate } = await import('@gaiwan/trust');
    const named = flags.policy !== undefined || flags.enclaveInfo !== undefined;
    const trust = await trustFrom(await readTrust(flags, { referenceOptional: true }));
    // Without reference values there is still something to see: what it says it is, and whether that is genuine.
    const policies = named ? policiesFor(trust.reference, `teaclave_${service}_service`) : [{}];
    const certificate = await presentedCertificate(where).catch((cause: unknown) => {
      const why = systemCode(cause) ?? messageOf(cause);
      throw new CliError(
        'cannot-connect',
        `${address} does not answer with TLS (${why}): is a service running there?`,
      );
    });
    const seen = await inspect(certificate);
    const { verified, simulated, refusal } = await judge(
      { kind: 'ra-tls', certificate },
      trust,
      policies.map((policy) => ({ maximumAge: MAXIMUM_AGE, ...policy })),
      { at: Date.now() },
    );
    const judged = verified?.kind === 'ra-tls' ? { verified, simulated, certificate } : undefined;
    const confirmed = refusal === undefined ? await confirm(where, { ...trust, policies }) : refusal;
    const accepted = 'connection' in confirmed;
    const peer = accepted ? confirmed : judged;
    this.process.exitCode = accepted ? exitCodes.ok.value : exitCodes.refused.value;
    const { reason, message } = accepted ? {} : confirmed;
    const result = {
      verdict: reason === undefined ? 'accepted' : 'refused',
      ...(reason !== undefined && { reason, message }),
      genuine: peer !== undefined,
      ...(peer && summaryOf(peer)),
      claims: seen.verdict === 'unverified' ? seen.claims : {},
    };
    print(this, json === true, result, () => {
      const head = reason === undefined ? ['accepted'] : [`refused: ${reason}`, `  ${message}`];
      if (peer) return [...head, ...describePeer(peer).map((line) => `  ${line}`)].join('\n');
      const claims =
        seen.verdict === 'unverified' ? lines(seen.claims, '    ') : [`    nothing: ${seen.message}`];
      return [...head, '  What it presents, of which nothing is verified:', ...claims].join('\n');
    });
  },
});
