/** Asks a platform about a connection and about its state, over that connection and before anything else is said on it. */

import type { TLSSocket } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, type Http2SessionManager } from '@connectrpc/connect-node';
import { gaiwan } from '@gaiwan/protocol';
import { type ConnectionEvidence, postOver, type SeenState } from '@gaiwan/trust';
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
      const { certificate, instanceId } = await evidence.getConnectionEvidence({ nonce }, patient());
      return { certificate, instance: instanceId };
    },
    state: async (nonce, seen) => stateAnswer(await states.getState(stateQuestion(nonce, seen), patient())),
  };
}

const { getConnectionEvidence: method } = gaiwan.AttestationService.method;

/** Over HTTP/1.1. */
export const askOverHttp1 =
  (socket: TLSSocket): Ask =>
  async (nonce) => {
    const answer = await postOver(socket, {
      path: `/${method.parent.typeName}/${method.name}`,
      type: 'application/proto',
      body: toBinary(method.input, create(method.input, { nonce })),
      signal: patience(),
    });
    const { certificate, instanceId } = fromBinary(method.output, answer);
    return { certificate, instance: instanceId };
  };
