/** gaiwan.v1.StateService: what is durable now, signed by the instance, for clients that remember what they saw. */
import { gaiwan } from '@gaiwan/protocol';
import { type PlatformState, STATE_BYTES, stateStatement } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { open } from '../pipeline/method.ts';
import { type PublicService, serveOpen } from '../pipeline/public-service.ts';
import type { Clock } from '../ports.ts';
import type { Instance } from '../state/instance.ts';

export interface StateServiceOptions {
  readonly instance: Instance;
  /** Of the store: all that was acknowledged before the call is in it. */
  readonly head: () => Promise<PlatformState>;
  readonly clock: Clock;
}

export const stateService = ({ instance, head, clock }: StateServiceOptions): PublicService =>
  serveOpen(gaiwan.StateService, {
    getState: open({
      because: 'a client asks whether the platform has all that it had, before it says who it is',
      run: async ({ nonce }) => {
        if (nonce.length !== STATE_BYTES)
          throw refuse('bad-nonce', `A nonce for a state has ${STATE_BYTES} bytes, not ${nonce.length}.`);
        const { epoch, commits, digest } = await head();
        const time = clock.now();
        const id = new Uint8Array(Buffer.from(instance.id, 'hex'));
        const signature = instance.sign(
          stateStatement({ instance: id, epoch, commits, digest, nonce, time }),
        );
        const { publicKey } = instance;
        const numbers = { epoch: BigInt(epoch), commits: BigInt(commits), time: BigInt(time) };
        return { publicKey, ...numbers, digest, signature };
      },
    }),
  });
