/** Calls below any client's manners: headers without bodies, halves of messages, addresses of one's own. */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fromBinary } from '@bufbuild/protobuf';
import { gaiwan } from '@gaiwan/protocol';

export const LOGIN = '/teaclave_authentication_service_proto.TeaclaveAuthenticationApi/UserLogin';
export const GET_STATE = '/gaiwan.v1.StateService/GetState';
export const REGISTER_INPUT = '/teaclave_frontend_service_proto.TeaclaveFrontend/RegisterInputFile';

/** From one of the addresses of this machine's loopback, e.g. 127.0.0.7. */
export function sessionFrom(url: string, ca: string, address = '127.0.0.1'): ClientHttp2Session {
  const { hostname, port } = new URL(url);
  const session = connect(url, {
    // For what is written and not sent yet, in MB.
    maxSessionMemory: 1000,
    createConnection: () => {
      const socket = connectTcp({ host: '127.0.0.1', port: Number(port), localAddress: address });
      // It is the session's error, too.
      socket.on('error', () => undefined);
      return connectTls({ socket, servername: hostname, ca, ALPNProtocols: ['h2'] });
    },
  });
  // What the other side ends is looked at in the calls.
  session.on('error', () => undefined);
  return session;
}

/** A call of gRPC whose body is still to come. */
export function beginCall(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): ClientHttp2Stream {
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  call.on('error', () => undefined);
  call.resume();
  return call;
}

/** The beginning of a message of gRPC that has so many bytes, and the first of them. */
export function halfMessage(announced: number, sent = 0): Buffer {
  const bytes = Buffer.alloc(5 + sent, 'x');
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(announced, 1);
  return bytes;
}

export interface RawAnswer {
  /** The gRPC status; undefined where the call ended without one. */
  readonly status: number | undefined;
  readonly message: string;
  readonly code: string | undefined;
  readonly retryAfterMs: number;
  /** The header of HTTP. */
  readonly retryAfter: string | undefined;
}

/** `google.rpc.Status`: the value of the detail in it. */
export function errorInfoIn(status: Buffer): gaiwan.ErrorInfo | undefined {
  const name = Buffer.from('type.googleapis.com/gaiwan.v1.ErrorInfo');
  const at = status.indexOf(name);
  if (at < 0) return undefined;
  // Field 2 (bytes) follows the name; its length is one or two bytes here.
  const [, low = 0, high = 0] = status.subarray(at + name.length);
  const [length, from] = low < 0x80 ? [low, 2] : [(low & 0x7f) | (high << 7), 3];
  const start = at + name.length + from;
  return fromBinary(gaiwan.ErrorInfoSchema, status.subarray(start, start + length));
}

/** Waits for how a call ends. */
export async function answerTo(call: ClientHttp2Stream): Promise<RawAnswer> {
  let found: Record<string, unknown> = {};
  const take = (headers: object) => {
    found = { ...found, ...headers };
  };
  call.on('response', take);
  call.on('trailers', take);
  if (!call.closed) await once(call, 'close');
  const { 'grpc-status': status, 'grpc-message': message, 'grpc-status-details-bin': details } = found;
  const info = typeof details === 'string' ? errorInfoIn(Buffer.from(details, 'base64')) : undefined;
  const after = found['retry-after'];
  return {
    status: status === undefined ? undefined : Number(status),
    message: typeof message === 'string' ? decodeURIComponent(message) : '',
    code: info?.code,
    retryAfterMs: Number(info?.retryAfterMs ?? 0n),
    retryAfter: typeof after === 'string' ? after : undefined,
  };
}
