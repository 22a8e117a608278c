/** Starting what consists of parts, and stopping it: in reverse order, also when the start fails half-way. */

/** What a start registers as it goes. */
export interface Construction {
  /** Closed when what was started is closed, and when its start fails; the last part first. */
  readonly parts: AsyncDisposableStack;
  /** Done only when the start fails, once all parts are closed. */
  readonly undo: AsyncDisposableStack;
}

export interface Closable {
  /** Closes every part, also where closing one fails; then rejects with what failed. The second call does nothing. */
  close(): Promise<void>;
}

/**
 * Builds, and hands over what closes it.
 *
 * @throws what `build` throws, once nothing of it is left. What fails on the way back is reported.
 */
export async function construct<T extends object>(
  build: (construction: Construction) => Promise<T>,
  report: (error: unknown) => void,
): Promise<T & Closable> {
  const [parts, undo] = [new AsyncDisposableStack(), new AsyncDisposableStack()];
  try {
    return { ...(await build({ parts, undo })), close: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync().catch(report);
    await undo.disposeAsync().catch(report);
    throw error;
  }
}
