/** Request bodies from untrusted clients: JSON with a few fields, and bounds. */
import type { IncomingMessage } from 'node:http';
import type { Endorsements } from '@gaiwan/attestation';
import { limits } from '../../limits.ts';
import { ServiceRefusal } from './refusal.ts';

/** As Teaclave's service. */
const MAX_BODY = limits.attestationBody.value;
/**
 * Parts that prove themselves under pinned roots. Keys that a caller would have to be believed for (of TPMs and of Arm platforms)
 * are not among them: they come from the operator's own source.
 */
const endorsementNames = [
  'tcbInfo',
  'qeIdentity',
  'tcbSigningChain',
  'qeIdentitySigningChain',
  'pckChain',
  'pckCrl',
  'rootCrl',
  'endorsementKey',
  'caChain',
  'certificateTable',
  'amdCrl',
  'akCertificate',
  'akIssuers',
] as const satisfies readonly (keyof Endorsements)[];
type EndorsementName = (typeof endorsementNames)[number];
const isEndorsementName = (name: string): name is EndorsementName =>
  endorsementNames.some((known) => known === name);

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || value === '' || !BASE64.test(value))
    throw new ServiceRefusal('bad-request', `"${name}" must be base64.`);
  return new Uint8Array(Buffer.from(value, 'base64'));
}

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Throws `ServiceRefusal`. */
  bytes(name: string): Uint8Array {
    return bytesOf(this.#values[name], name);
  }

  /** Throws `ServiceRefusal`. */
  text(name: string, longest: number): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length > 0 && value.length <= longest) return value;
    throw new ServiceRefusal('bad-request', `"${name}" must be a text of 1 to ${longest} characters.`);
  }

  /** Bytes by name; undefined where none came along. Throws `ServiceRefusal`. */
  endorsements(): Partial<Record<EndorsementName, Uint8Array>> | undefined {
    const value = this.#values['endorsements'];
    if (value === undefined) return undefined;
    const parts = isObject(value) ? Object.entries(value) : [];
    const endorsements: Partial<Record<EndorsementName, Uint8Array>> = {};
    for (const [name, part] of parts) {
      if (!isEndorsementName(name)) throw badEndorsements();
      // oxlint-disable-next-line names/no-names-in-plain-objects -- names of endorsements, which are ours
      endorsements[name] = bytesOf(part, name);
    }
    if (parts.length === 0) throw badEndorsements();
    return endorsements;
  }
}

const badEndorsements = () =>
  new ServiceRefusal(
    'bad-request',
    `"endorsements" must be an object of base64 texts, by these names: ${endorsementNames.join(', ')}.`,
  );

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Rejects with `ServiceRefusal`. */
export async function readFields(request: IncomingMessage): Promise<Fields> {
  const arriving: AsyncIterable<Buffer> = request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of arriving) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ServiceRefusal('too-much', `A request has at most ${MAX_BODY} bytes.`);
    chunks.push(chunk);
  }
  let values: unknown;
  try {
    values = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ServiceRefusal('bad-request', 'The body is not JSON.');
  }
  if (!isObject(values)) throw new ServiceRefusal('bad-request', 'The body must be a JSON object.');
  return new Fields(values);
}
