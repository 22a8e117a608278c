/** What a connection may do (docs/limits.md). */
export const rpcLimits = {
  /** Bytes of one message: code of a function, and arguments as JSON. */
  message: 32 << 20,
  streamsPerConnection: 1000,
  connections: 4096,
  /** Flow control: bytes under way on a stream and on a connection, for uploads at full speed. */
  streamWindow: 4 << 20,
  connectionWindow: 16 << 20,
  idleMs: 600_000,
} as const;
