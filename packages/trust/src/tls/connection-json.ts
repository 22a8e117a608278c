/**
 * The question about a connection and its answer, as JSON: gaiwan.v1.AttestationService/GetConnectionEvidence in the form of the Connect
 * protocol, which services without RPC (key brokers, the attestation service) answer as well.
 */
import { CONNECTION_BYTES } from './connection.ts';
import { UntrustedPeer } from './untrusted-peer.ts';
import type { ConnectionEvidence } from './verify-connection.ts';

/** Where the question is posted to. */
export const CONNECTION_EVIDENCE_PATH = '/gaiwan.v1.AttestationService/GetConnectionEvidence';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** `nonce`: 32 bytes. */
export const connectionQuestion = (nonce: Uint8Array): string => JSON.stringify({ nonce: base64(nonce) });

/** The nonce of a question; undefined where it is none. */
export function readConnectionQuestion(text: string): Uint8Array | undefined {
  const nonce = bytesOf(fieldsOf(text)?.['nonce']);
  return nonce?.length === CONNECTION_BYTES ? nonce : undefined;
}

/** What `readConnectionAnswer` reads. */
export const connectionAnswer = ({ certificate, instance, signature }: ConnectionEvidence): string =>
  JSON.stringify({
    certificate: base64(certificate),
    instanceId: base64(instance),
    ...(signature && { signature: base64(signature) }),
  });

/**
 * What a server says about a connection; nothing of it is judged.
 *
 * @throws {UntrustedPeer} `malformed`
 */
export function readConnectionAnswer(text: string): ConnectionEvidence {
  const { certificate: der, instanceId, signature: signed = '' } = fieldsOf(text) ?? {};
  const [certificate, instance, signature] = [bytesOf(der), bytesOf(instanceId), bytesOf(signed)];
  if (certificate && instance && signature) return { certificate, instance, signature };
  throw new UntrustedPeer(
    'malformed',
    'What it says about the connection is not a certificate and an instance id.',
  );
}

function fieldsOf(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Only in the one form that each row of bytes has. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? new Uint8Array(bytes) : undefined;
}
