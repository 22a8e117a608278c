/** A worker that is another program, in the process of a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttestedIdentity, openSimulation } from '@gaiwan/enclave';
import type { Executor } from '@gaiwan/executors';
import { runWorker } from '@gaiwan/platform';
import { type Measured, PeerVerifier } from '@gaiwan/trust';
import { onTestFinished } from 'vitest';
import type { TestPlatform } from './platform.ts';

/**
 * Attaches it until the test ends; gives what it complains of. `measured`: what its evidence says that it is. `socket`: where it finds its
 * platform.
 */
export async function attach(
  platform: TestPlatform,
  measured: Measured,
  executor: Executor,
  socket = join(platform.folder, 'data', 'run', 'platform'),
): Promise<Error[]> {
  const { attester } = await openSimulation(platform.machine);
  const identity = await AttestedIdentity.create({ attester: attester(measured) });
  const { reference, ...roots } = platform.trust;
  const policies = 'policies' in reference ? (reference.policies ?? []) : [];
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-worker-'));
  const ended = new AbortController();
  const complaints: Error[] = [];
  const running = runWorker({
    id: 'double',
    socket,
    identity,
    verifier: new PeerVerifier({ ...roots, policies }),
    report: (error) => complaints.push(error as Error),
    folder,
    executors: [executor],
    allowedOrigins: [],
    signal: ended.signal,
  });
  onTestFinished(async () => {
    ended.abort();
    await running;
    identity.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return complaints;
}
