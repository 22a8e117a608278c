/** How a worker's process ends: with its sandboxes, which would outlive it. */

/** What still runs has lost its lease with the platform: it is not waited for long. `closing` ends the sandboxes. */
export function endWorker(closing: () => Promise<unknown>, code: number): void {
  setTimeout(() => process.exit(code), 1_000);
  closing().then(
    () => setTimeout(() => process.exit(code), 100),
    () => process.exit(code),
  );
}
