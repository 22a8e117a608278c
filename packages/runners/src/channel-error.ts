/** The stream is broken or over: nothing is left but to end the process. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
}
