/**
 * A key broker: whoever owns the data keeps the key, and hands it to programs that attest themselves. The key that is received
 * seals the secret here, so that the broker never learns it.
 *
 *     POST /gaiwan.v1.AttestationService/GetConnectionEvidence   first on each connection, of a broker that attests itself
 *     GET /v1/keys/{id}      over TLS with an attested certificate of the client
 *     200 {"key": base64 of 32 bytes}
 *     403 {"code": "wrong-measurement", "message": text, "registers": [names of those that differ]}
 *
 *     blob: magic (8) | nonce (12) | ciphertext | tag (16); the id of the key is authenticated with it
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import { messageOf } from '@gaiwan/errors';
import {
  AttestedAgent,
  askOverHttp1,
  type InstancePin,
  type PeerVerifier,
  UntrustedPeer,
  verifyConnection,
} from '@gaiwan/trust';
import { type CallAnswer, call } from '../http/call.ts';
import { limits } from '../limits.ts';
import type { AttestedIdentity } from '../tls/identity.ts';
import { type Sealer, SealingError } from './sealer.ts';

const MAGIC = Buffer.from('GWBROK1\0', 'latin1');
const NONCE = 12;
const TAG = 16;
const KEY = 32;

/** A broker that attests itself: what it may run, and which instance of that it is. */
interface AttestedBroker {
  readonly verifier: PeerVerifier;
  readonly pin: InstancePin;
}

/** Which key of which broker, and who both sides are. */
export interface BrokerOptions {
  /** https://host:port */
  readonly url: string;
  /** Which of its keys: letters, digits, ".", "_" and "-". */
  readonly key: string;
  /** Who asks: made for each question, and closed after it, for a certificate holds for an hour and a platform runs for years. */
  readonly identify: () => Promise<AttestedIdentity>;
  /** Who may answer: a program that attests itself and each of its connections, or whoever an authority (PEM) vouches for. */
  readonly broker: AttestedBroker | { readonly ca: string };
  /** Gives up what is under way, and asks nothing more. */
  readonly signal?: AbortSignal;
}

/**
 * Seals under a key that a key broker keeps.
 *
 * @throws {SealingError} `failed` for a bad name of a key
 */
export function brokerSealer(options: BrokerOptions): Sealer {
  if (!/^[\w.-]{1,100}$/.test(options.key))
    throw new SealingError('failed', `"${options.key}" is no name of a key.`);
  const id = Buffer.from(options.key);
  const withKey = async <T>(action: (key: Uint8Array) => T): Promise<T> => {
    const key = await receiveKey(options);
    try {
      return action(key);
    } finally {
      key.fill(0);
    }
  };
  return {
    seal: (secret) =>
      withKey((key) => {
        const nonce = randomBytes(NONCE);
        const cipher = createCipheriv('aes-256-gcm', key, nonce);
        cipher.setAAD(id);
        const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
        return new Uint8Array(Buffer.concat([MAGIC, nonce, sealed, cipher.getAuthTag()]));
      }),
    async unseal(given) {
      const blob = Buffer.from(given.buffer, given.byteOffset, given.length);
      const at = MAGIC.length + NONCE;
      if (blob.length < at + TAG || !blob.subarray(0, MAGIC.length).equals(MAGIC))
        throw new SealingError('not-unsealable', 'This is no key sealed under a broker\'s ("GWBROK1").');
      return withKey((key) => {
        try {
          const nonce = blob.subarray(MAGIC.length, at);
          const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
          decipher.setAAD(id);
          decipher.setAuthTag(blob.subarray(-TAG));
          // All of it comes from `update`: no second copy that nobody wipes.
          const secret = decipher.update(blob.subarray(at, -TAG));
          decipher.final();
          return new Uint8Array(secret.buffer, secret.byteOffset, secret.length);
        } catch (cause) {
          throw new SealingError(
            'not-unsealable',
            `The sealed key does not open under the broker's key "${options.key}": it was changed, or sealed under another.`,
            { cause },
          );
        }
      });
    },
  };
}

function agentOf({ url, broker, signal }: BrokerOptions, identity: AttestedIdentity): Agent {
  const { hostname, port } = new URL(url);
  if ('ca' in broker) {
    const { key, certificate } = identity.current;
    // By name, so that no variable of the environment can switch it off.
    const options = { ca: broker.ca, key, cert: certificate, rejectUnauthorized: true };
    return new Agent({ ...options, maxCachedSessions: 0 });
  }
  const { verifier, pin } = broker;
  return new AttestedAgent({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    verifier,
    identity,
    confirm: ({ socket, peer }) => {
      const late = AbortSignal.timeout(limits.broker.value);
      const ask = askOverHttp1(socket, signal ? AbortSignal.any([late, signal]) : late);
      return verifyConnection(socket, { peer, verifier, pin, ask });
    },
    ...(signal && { signal }),
  });
}

/** 32 bytes, which the caller wipes. */
async function receiveKey(options: BrokerOptions): Promise<Uint8Array> {
  try {
    return keyIn(await callBroker(options, `/v1/keys/${options.key}`), options);
  } catch (cause) {
    if (cause instanceof SealingError) throw cause;
    throw new SealingError('failed', `The key broker ${options.url} gave no key: ${whyNot(cause)}`, {
      cause,
    });
  }
}

/** One call of a broker, whose certificate is judged before anything is sent, and its connection before anything else is. `put`: what is sent, as JSON. */
export async function callBroker(options: BrokerOptions, path: string, put?: object): Promise<CallAnswer> {
  let identity: AttestedIdentity | undefined;
  let agent: Agent | undefined;
  const { signal } = options;
  try {
    signal?.throwIfAborted();
    identity = await options.identify();
    agent = agentOf(options, identity);
    return await call(new URL(path, options.url), {
      connection: { agent },
      longest: limits.brokerAnswer.value,
      timeout: limits.broker.value,
      ...(signal && { signal }),
      ...(put && { method: 'PUT', body: JSON.stringify(put) }),
    });
  } finally {
    agent?.destroy();
    identity?.close();
  }
}

/** Why a call of a broker failed. */
export const whyNot = (cause: unknown): string =>
  cause instanceof UntrustedPeer ? `it is not to be trusted. ${cause.message}` : messageOf(cause);

function keyIn({ status, body }: CallAnswer, { url, key: id }: BrokerOptions): Uint8Array {
  let answer: { readonly [name: string]: unknown };
  try {
    answer = Object(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw new SealingError('failed', `The key broker ${url} answered ${status}, and no JSON.`, { cause });
  } finally {
    body.fill(0);
  }
  const { key, code, message, registers } = answer;
  if (status === 200 && typeof key === 'string') {
    const bytes = Buffer.from(key, 'base64');
    if (bytes.length === KEY) return bytes;
  }
  const why = typeof message === 'string' ? message.slice(0, 500) : `It answered ${status}.`;
  const names = Array.isArray(registers)
    ? registers.filter((name): name is string => typeof name === 'string' && /^[\w:]{1,32}$/.test(name))
    : [];
  throw new SealingError(
    code === 'wrong-measurement' ? 'wrong-measurement' : 'failed',
    `The key broker ${url} keeps the key "${id}" back. ${why}`,
    { registers: names },
  );
}
