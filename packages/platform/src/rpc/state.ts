/** gaiwan.v1.StateService: what is durable now, signed by the instance, for clients that remember what they saw. */
import { gaiwan } from '@gaiwan/protocol';
import { RUN_BYTES, type SeenState, STATE_BYTES, stateStatement } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { open } from '../pipeline/method.ts';
import { type PublicService, serveOpen } from '../pipeline/public-service.ts';
import type { Clock } from '../ports.ts';
import type { Instance } from '../state/instance.ts';
import type { Runs } from '../state/runs.ts';

export interface StateServiceOptions {
  readonly instance: Instance;
  readonly runs: Pick<Runs, 'state' | 'hasPast'>;
  readonly clock: Clock;
}

export const stateService = ({ instance, runs, clock }: StateServiceOptions): PublicService =>
  serveOpen(gaiwan.StateService, {
    getState: open({
      because: 'a client asks whether the platform has all that it had, before it says who it is',
      run: async ({ nonce, seen: sent }) => {
        if (nonce.length !== STATE_BYTES)
          throw refuse('bad-nonce', `A nonce for a state has ${STATE_BYTES} bytes, not ${nonce.length}.`);
        const seen = sent && seenState(sent);
        const state = await runs.state();
        const follows = seen !== undefined && runs.hasPast(seen, state);
        const time = clock.now();
        const id = new Uint8Array(Buffer.from(instance.id, 'hex'));
        const statement = stateStatement({ instance: id, ...state, nonce, time, seen, follows });
        const { digest, run } = state;
        const numbers = { epoch: BigInt(state.epoch), commits: BigInt(state.commits), time: BigInt(time) };
        const signature = instance.sign(statement);
        return { publicKey: instance.publicKey, ...numbers, digest, run, follows, signature };
      },
    }),
  });

function seenState({ epoch, commits, run }: gaiwan.SeenState): SeenState {
  const seen = { epoch: Number(epoch), commits: Number(commits), run };
  if (run.length === RUN_BYTES && Number.isSafeInteger(seen.epoch) && Number.isSafeInteger(seen.commits))
    return seen;
  throw refuse(
    'bad-nonce',
    `What was seen of a state has numbers below 2^53 and a run of ${RUN_BYTES} bytes.`,
  );
}
