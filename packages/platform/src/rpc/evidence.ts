/** gaiwan.v1.AttestationService: fresh evidence for whoever asks, bound to the key of the connection it goes out on. */
import type { TLSSocket } from 'node:tls';
import { createContextKey } from '@connectrpc/connect';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { open } from '../pipeline/method.ts';
import { type PublicService, serveOpen } from '../pipeline/public-service.ts';
import { Turns } from './turns.ts';

/** Our end of the connection that a call came over. */
export const localKey = createContextKey<TLSSocket | undefined>(undefined, { description: 'connection' });

const [SHORTEST, LONGEST] = [limits.nonceShortest.value, limits.nonceLongest.value];
/** Evidence costs the machine milliseconds: who asks more often waits. */
const AT_ONCE = limits.evidenceAtOnce.value;
const WAITING = limits.evidenceWaiting.value;

export function evidenceService(identity: AttestedIdentity): PublicService {
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
        const key = context.values.get(localKey)?.getX509Certificate()?.publicKey;
        const spki = key && new Uint8Array(key.export({ type: 'spki', format: 'der' }));
        const certificate = spki && (await turns.take(() => identity.certificateFor(spki, nonce)));
        if (certificate === undefined) {
          throw refuse('key-retired', 'The key of this connection is no longer in use: connect again.');
        }
        return { certificate };
      },
    }),
  });
}
