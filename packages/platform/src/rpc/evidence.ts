/** gaiwan.v1.AttestationService: fresh evidence for whoever asks, bound to the connection it goes out on, or to its key. */
import type { TLSSocket } from 'node:tls';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import { CONNECTION_BYTES, ownEndOf, ownKeyOf } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { open } from '../pipeline/method.ts';
import { type PublicService, serveOpen } from '../pipeline/public-service.ts';
import { localKey } from './local-key.ts';
import { Turns } from './turns.ts';

const [SHORTEST, LONGEST] = [limits.nonceShortest.value, limits.nonceLongest.value];
/** Evidence costs the machine milliseconds: who asks more often waits. */
const AT_ONCE = limits.evidenceAtOnce.value;
const WAITING = limits.evidenceWaiting.value;

const retired = () => refuse('key-retired', 'The key of this connection is no longer in use: connect again.');

/** `instance`: id of this instance, 64 hexadecimal digits. */
export function evidenceService(identity: AttestedIdentity, instance: string): PublicService {
  const connections = new ConnectionEvidence(identity, new Uint8Array(Buffer.from(instance, 'hex')));
  const turns = new Turns(AT_ONCE, WAITING);
  return serveOpen(gaiwan.AttestationService, {
    getEvidence: open({
      because: 'whoever is to trust a service judges its evidence before it says who it is',
      run: async ({ nonce }, context) => {
        if (nonce.length < SHORTEST || nonce.length > LONGEST) {
          throw refuse(
            'bad-nonce',
            `A nonce has ${SHORTEST} to ${LONGEST} bytes, not ${nonce.length}: choose 32 random ones.`,
          );
        }
        const socket = context.values.get(localKey);
        const spki = socket && ownKeyOf(socket);
        const certificate = spki && (await turns.take(() => identity.certificateFor(spki, { nonce })));
        if (certificate === undefined) throw retired();
        return { certificate };
      },
    }),
    getConnectionEvidence: open({
      because: 'whoever is to trust a connection judges the evidence about it before it says who it is',
      run: ({ nonce }, context) => connections.about(context.values.get(localKey), nonce),
    }),
  });
}

/** Every connection of our clients begins with asking for it, so those that only ask for more must not be in their way. */
class ConnectionEvidence {
  readonly #identity: AttestedIdentity;
  readonly #instance: Uint8Array;
  readonly #asking = new WeakSet<TLSSocket>();
  /** A connection waits once, so that no more wait than there are connections. */
  readonly #turns = new Turns(AT_ONCE, limits.connections.value);

  constructor(identity: AttestedIdentity, instance: Uint8Array) {
    this.#identity = identity;
    this.#instance = instance;
  }

  async about(socket: TLSSocket | undefined, nonce: Uint8Array) {
    if (nonce.length !== CONNECTION_BYTES)
      throw refuse(
        'bad-nonce',
        `A nonce for a connection has ${CONNECTION_BYTES} bytes, not ${nonce.length}.`,
      );
    const own = socket && ownEndOf(socket);
    if (socket === undefined || own === undefined)
      throw refuse('connection-not-bindable', 'Evidence about a connection needs TLS 1.3: connect with it.');
    if (this.#asking.has(socket))
      throw refuse('busy', 'Evidence about this connection is being made: wait for it before you ask again.');
    this.#asking.add(socket);
    try {
      const end = { ...own, nonce, instance: this.#instance };
      const made = await this.#turns.take(() => this.#identity.connectionEvidence(end));
      if (made === undefined) throw retired();
      return { ...made, instanceId: this.#instance };
    } finally {
      this.#asking.delete(socket);
    }
  }
}
