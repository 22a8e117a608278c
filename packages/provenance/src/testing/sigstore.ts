/** A Sigstore instance of a test's own: certificate authority, both logs, and the trusted root that names them. */
import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';

export interface TestBuild {
  readonly repository: string;
  readonly workflow: string;
  readonly ref: string;
  readonly commit: string;
  readonly issuer: string;
  readonly predicateType: string;
}

export interface TestSigstore {
  /** As a file has it. */
  readonly trustedRoot: Uint8Array;
  /** A bundle in JSON about code with this SHA-256 (hex). */
  attest(sha256: string, build?: Partial<TestBuild>): Promise<Uint8Array>;
}

const FULCIO = '1.3.6.1.4.1.57264.1';
const STATEMENT = 'application/vnd.in-toto+json';

const averageBuild: TestBuild = {
  repository: 'https://github.com/example/average',
  workflow: '.github/workflows/release.yml',
  ref: 'refs/tags/v1.0.0',
  commit: '5b1f0e6ddf9b1b1a3a7c1c55b6f0d2d2f2a9c0de',
  issuer: 'https://token.actions.githubusercontent.com',
  predicateType: 'https://slsa.dev/provenance/v1',
};

const newKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const plain = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export async function testSigstore(): Promise<TestSigstore> {
  const certificateLog = await initializeCTLog(newKey('prime256v1'));
  const authority = await initializeCA(newKey('secp384r1'), certificateLog);
  const log = await initializeTLog('https://rekor.example', newKey('prime256v1'));
  const validFor = { start: '2020-01-01T00:00:00Z' };
  const logOf = (publicKey: Uint8Array, keyId: Uint8Array) => ({
    baseUrl: 'https://rekor.example',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: base64(keyId) },
  });
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(log.publicKey, sha256(log.publicKey))],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://fulcio.example',
        certChain: { certificates: [{ rawBytes: base64(plain(authority.rootCertificate)) }] },
        validFor,
      },
    ],
    ctlogs: [logOf(certificateLog.publicKey, plain(certificateLog.logID))],
    timestampAuthorities: [],
  };

  return {
    trustedRoot: Buffer.from(JSON.stringify(trustedRoot)),
    attest: async (digest, changes) => {
      const build = { ...averageBuild, ...changes };
      const key = newKey('prime256v1');
      const certificate = await certify(key, build);
      const statement = statementAbout(digest, build);
      const signature = sign('sha256', paeOf(statement), key.privateKey);
      const answer: Record<string, LogEntry> = await log.log(logEntry(statement, signature, certificate));
      const logged = Object.values(answer)[0];
      if (!logged) throw new Error('nothing was logged');
      return new TextEncoder().encode(
        JSON.stringify(bundleOf({ statement, signature, certificate, logged })),
      );
    },
  };

  async function certify({ publicKey }: KeyPairKeyObjectResult, build: TestBuild): Promise<Uint8Array> {
    const workflow = `${build.repository}/${build.workflow}@${build.ref}`;
    const values: Record<number, string> = {
      8: build.issuer,
      9: workflow,
      11: 'github-hosted',
      12: build.repository,
      13: build.commit,
      14: build.ref,
      18: workflow,
    };
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    return plain(
      await authority.issueCertificate({
        publicKey: new Uint8Array(spki),
        subjectAltName: workflow,
        extensions: Object.entries(values).map(([number, value]) => ({ oid: `${FULCIO}.${number}`, value })),
      }),
    );
  }
}

function statementAbout(digest: string, { predicateType }: TestBuild): Uint8Array {
  const subject = [{ name: 'code.zip', digest: { sha256: digest } }];
  const predicate = { buildDefinition: {}, runDetails: {} };
  return Buffer.from(
    JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }),
  );
}

/** What DSSE signs: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
const paeOf = (statement: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`DSSEv1 ${STATEMENT.length} ${STATEMENT} ${statement.length} `), statement]);

const pemOf = (certificate: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${base64(certificate).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/** Rekor's entry of kind "dsse", version 0.0.1. */
const logEntry = (statement: Uint8Array, signature: Uint8Array, certificate: Uint8Array) => ({
  apiVersion: '0.0.1',
  kind: 'dsse',
  spec: {
    payloadHash: { algorithm: 'sha256', value: sha256(statement).toString('hex') },
    signatures: [{ signature: base64(signature), verifier: base64(Buffer.from(pemOf(certificate))) }],
  },
});

interface Signed {
  readonly statement: Uint8Array;
  readonly signature: Uint8Array;
  readonly certificate: Uint8Array;
  readonly logged: LogEntry;
}

/** What a bundle has of Rekor's answer (its types are in a package that the mock does not bring). */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
  };
}

function bundleOf({ statement, signature, certificate, logged }: Signed): object {
  const { inclusionProof: proof, signedEntryTimestamp } = logged.verification;
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: base64(certificate) },
      tlogEntries: [
        {
          logIndex: String(logged.logIndex),
          logId: { keyId: base64(Buffer.from(logged.logID, 'hex')) },
          kindVersion: { kind: 'dsse', version: '0.0.1' },
          integratedTime: String(logged.integratedTime),
          inclusionPromise: { signedEntryTimestamp },
          inclusionProof: {
            logIndex: String(proof.logIndex),
            rootHash: base64(Buffer.from(proof.rootHash, 'hex')),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes,
            checkpoint: { envelope: proof.checkpoint },
          },
          canonicalizedBody: logged.body,
        },
      ],
    },
    dsseEnvelope: {
      payload: base64(statement),
      payloadType: STATEMENT,
      signatures: [{ sig: base64(signature) }],
    },
  };
}
