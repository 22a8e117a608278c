/**
 * @gaiwan/protocol/executor: how a worker and the process of a runner talk to each other (docs/executor-protocol.md). Both
 * sides import it, so it knows neither.
 */
export type { RunLimits } from '../task-limits.ts';
export {
  MAX_BODY,
  MAX_HANDLE,
  MAX_HEAD,
  MAX_LARGE_BODY,
  MAX_MESSAGE,
  MAX_PROCESS_HEAD,
  MAX_RESULT,
  NONCE_DIGITS,
  OUTPUT_HANDLE,
  PROTOCOL_VERSION,
} from './constants.ts';
export { type DecoderOptions, FrameDecoder } from './decoder.ts';
export { isRequestRefusal, ProtocolError, type RequestRefusal, requestRefusals } from './errors.ts';
export { decodeHead, encodeFrame, type Frame, type FrameHead, PREFIX } from './frame.ts';
export { type Failure, type ProcessHead, type ProcessMessage, processMessage } from './process-message.ts';
export { type Job, type WorkerMessage, workerMessage } from './worker-message.ts';
