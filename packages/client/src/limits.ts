/** Every limit of the SDK; docs/limits.md is generated from it. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  message: { value: 64 << 20, unit: 'bytes', what: 'A message from a platform' },
  evidence: { value: 1 << 20, unit: 'bytes', what: "A platform's evidence about a connection" },
  confirming: {
    value: 15_000,
    unit: 'ms',
    what: 'Waiting for the evidence about a new connection',
  },
  ping: {
    value: 30_000,
    unit: 'ms',
    what: 'A connection without traffic, until the platform is asked whether it lives',
  },
  watchPatience: {
    value: 60_000,
    unit: 'ms',
    what: 'How long a watch tries to reach a platform that is gone',
    note: '`patience`; then `connection-lost`.',
  },
  watchPauseFirst: { value: 50, unit: 'ms', what: 'Pause before the first of these attempts' },
  watchPauseLongest: { value: 2000, unit: 'ms', what: 'That pause at most; it doubles each time' },
  uploadAttempts: {
    value: 6,
    unit: 'count',
    what: 'Attempts at an upload in a row that bring nothing forward',
    note: 'Then `upload-failed`.',
  },
  uploadPauseFirst: { value: 100, unit: 'ms', what: 'Pause after such an attempt; it doubles each time' },
  downloadAttempts: {
    value: 4,
    unit: 'count',
    what: 'Attempts at a download in a row that bring nothing forward',
  },
  downloadPause: { value: 200, unit: 'ms', what: 'Pause after such an attempt' },
  transferSilence: {
    value: 120_000,
    unit: 'ms',
    what: 'Silence of the platform during an upload or a download',
  },
  keyFile: { value: 64 << 10, unit: 'bytes', what: 'A file with a key' },
  agentMessage: { value: 256 << 10, unit: 'bytes', what: 'An answer of an agent that holds keys' },
  agentKeys: { value: 2048, unit: 'count', what: 'Keys that such an agent lists' },
  agentAnswer: { value: 10_000, unit: 'ms', what: 'Waiting for its list of keys' },
  agentSignature: {
    value: 120_000,
    unit: 'ms',
    what: 'Waiting for its signature',
    note: 'It may ask its user: to confirm, for a PIN, for a touch.',
  },
  statementBackdate: {
    value: 1000,
    unit: 'ms',
    what: "How far a signed statement is dated back until the platform's time is known",
  },
  refusalBody: {
    value: 64 << 10,
    unit: 'characters',
    what: 'The text of a refusal of an upload or a download',
  },
});
