/** The executor protocol (docs/executor-protocol.md): how a worker and the process of a runner talk to each other. */
export { type DecoderOptions, FrameDecoder } from './decoder.ts';
export {
  encodeFrame,
  type Frame,
  MAX_BODY,
  MAX_HEAD,
  MAX_LARGE_BODY,
  MAX_PROCESS_HEAD,
  ProtocolError,
} from './frame.ts';
export {
  MAX_MESSAGE,
  PROTOCOL_VERSION,
  type ProcessMessage,
  processMessage,
  type WorkerHead,
} from './messages.ts';
