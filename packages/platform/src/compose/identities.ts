/** Certificates of a platform: for clients, for Teaclave's clients, and for its own workers. */
import type { Policy } from '@gaiwan/attestation';
import {
  AttestedIdentity,
  type Attester,
  emptyReport,
  MachineError,
  type ReportServiceOptions,
  reportService,
} from '@gaiwan/enclave';
import {
  AttestedAgent,
  askOverHttp1,
  InstancePin,
  PeerVerifier,
  type RootsOfTrust,
  verifyConnection,
} from '@gaiwan/trust';
import { limits } from '../limits.ts';

export interface TeaclaveOptions {
  /** Attestation service that signs the reports. Needed on all machines but simulated ones, whose reports may be empty. */
  readonly service?: ReportServiceOptions & {
    /** What the service may run, on machines that vouch for themselves as this one does: then it is reached over attested TLS. */
    readonly policy?: Policy;
  };
  /** Public certificates of Teaclave's form (one extension, its JSON), which no other client can judge. */
  readonly legacy?: boolean;
}

export interface Identities {
  /** On the public ports. */
  readonly public: AttestedIdentity;
  /** Towards workers. */
  readonly internal: AttestedIdentity;
  close(): void;
}

export interface IdentitiesOptions {
  readonly attester: Attester;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
  readonly trust: RootsOfTrust;
  readonly hosts: readonly string[];
  readonly teaclave?: TeaclaveOptions;
  readonly report: (error: unknown) => void;
}

/** Rejects with `AttesterError`, and with `MachineError` for a legacy certificate that nobody would sign. */
export async function openIdentities(options: IdentitiesOptions): Promise<Identities> {
  const {
    attester,
    configuration,
    trust,
    hosts,
    teaclave: { service, legacy = false } = {},
    report,
  } = options;
  const simulated = attester.kind === 'simulation';
  if (legacy && service === undefined && !simulated) {
    throw new MachineError(
      'bad-machine-settings',
      "Certificates of Teaclave's form rest on a report: name an attestation service (--attestation-service).",
    );
  }
  const agent = service?.policy && agentFor(service.url, service.policy, trust);
  const signed = service && reportService({ ...service, ...(agent && { connection: { agent } }) }, attester);
  const teaclave = signed ?? (simulated ? () => Promise.resolve(emptyReport) : undefined);
  const internal = await AttestedIdentity.create({ attester, configuration, report });
  const forClients = await AttestedIdentity.create({
    attester,
    configuration,
    hosts,
    legacy,
    ...(teaclave && { teaclave }),
    report,
  });
  return {
    public: forClients,
    internal,
    close() {
      agent?.destroy();
      forClients.close();
      internal.close();
    },
  };
}

/** Towards the attestation service, which attests each connection before it is asked for anything. */
function agentFor(address: string, policy: Policy, trust: RootsOfTrust): AttestedAgent {
  const { hostname, port } = new URL(address);
  const verifier = new PeerVerifier({ ...trust, policies: [policy] });
  const pin = new InstancePin();
  return new AttestedAgent({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    verifier,
    confirm: ({ socket, peer }) => {
      const ask = askOverHttp1(socket, AbortSignal.timeout(limits.confirming.value));
      return verifyConnection(socket, { peer, verifier, pin, ask });
    },
  });
}
