/** Asks a platform for evidence about a connection, over that connection and before anything else is said on it. */

import type { TLSSocket } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, type Http2SessionManager } from '@connectrpc/connect-node';
import { gaiwan } from '@gaiwan/protocol';
import { type ConnectionEvidence, postOver } from '@gaiwan/trust';
import { limits } from '../limits.ts';

type Ask = (nonce: Uint8Array) => Promise<ConnectionEvidence>;

const patience = (): AbortSignal => AbortSignal.timeout(limits.confirming.value);

/** Over HTTP/2. `authority`: the server's origin. */
export const askOverHttp2 = (
  sessionManager: Http2SessionManager,
  authority: string,
  closed: AbortSignal,
): Ask => {
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: authority,
    sessionManager,
    readMaxBytes: limits.evidence.value,
    useBinaryFormat: true,
  });
  const service = createClient(gaiwan.AttestationService, transport);
  return async (nonce) => {
    const signal = AbortSignal.any([closed, patience()]);
    const { certificate, instanceId } = await service.getConnectionEvidence({ nonce }, { signal });
    return { certificate, instance: instanceId };
  };
};

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
