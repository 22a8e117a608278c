/** Asks a platform about a connection and about its state, over that connection and before anything else is said on it. */

import { createClient } from '@connectrpc/connect';
import { createConnectTransport, type Http2SessionManager } from '@connectrpc/connect-node';
import { gaiwan } from '@gaiwan/protocol';
import type { ConnectionEvidence, SeenState } from '@gaiwan/trust';
import { limits } from '../limits.ts';
import type { AskState, StateAnswer } from '../state/guard.ts';

type Ask = (nonce: Uint8Array) => Promise<ConnectionEvidence>;

const patience = (): AbortSignal => AbortSignal.timeout(limits.confirming.value);

/** A number beyond what is exact is none that any platform signed: `StateGuard` refuses it. */
export const stateAnswer = (answer: gaiwan.GetStateResponse): StateAnswer => ({
  publicKey: answer.publicKey,
  signature: answer.signature,
  epoch: Number(answer.epoch),
  commits: Number(answer.commits),
  time: Number(answer.time),
  digest: answer.digest,
  run: answer.run,
  follows: answer.follows,
});

/** What is asked. */
export const stateQuestion = (nonce: Uint8Array, seen: SeenState | undefined) => ({
  nonce,
  ...(seen && { seen: { epoch: BigInt(seen.epoch), commits: BigInt(seen.commits), run: seen.run } }),
});

/** Over HTTP/2. `authority`: the server's origin. */
export function askOverHttp2(
  sessionManager: Http2SessionManager,
  authority: string,
  closed: AbortSignal,
): { readonly connection: Ask; readonly state: AskState } {
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: authority,
    sessionManager,
    readMaxBytes: limits.evidence.value,
    useBinaryFormat: true,
  });
  const evidence = createClient(gaiwan.AttestationService, transport);
  const states = createClient(gaiwan.StateService, transport);
  const patient = () => ({ signal: AbortSignal.any([closed, patience()]) });
  return {
    connection: async (nonce) => {
      const said = await evidence.getConnectionEvidence({ nonce }, patient());
      const { certificate, instanceId: instance, signature } = said;
      return { certificate, instance, signature };
    },
    state: async (nonce, seen) => stateAnswer(await states.getState(stateQuestion(nonce, seen), patient())),
  };
}
