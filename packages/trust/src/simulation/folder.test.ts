import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSimulationTrust, type SimulationTrust, simulationTrustFiles } from './folder.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const trust: SimulationTrust = {
  root: bytes('root'),
  endorsements: {
    tcbInfo: bytes('tcb info'),
    qeIdentity: bytes('qe identity'),
    tcbSigningChain: bytes('chain'),
    pckCrl: bytes('pck crl'),
    rootCrl: bytes('root crl'),
  },
};

function write(files: Iterable<readonly [string, Uint8Array]>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-trust-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

it('the public part of a machine is read as it was written', async () => {
  expect(await readSimulationTrust(write(simulationTrustFiles(trust)))).toEqual(trust);
});

it.each([...simulationTrustFiles(trust).keys()])('without %s it is none', async (missing) => {
  const files = [...simulationTrustFiles(trust)].filter(([path]) => path !== missing);
  await expect(readSimulationTrust(write(files))).rejects.toMatchObject({ code: 'no-simulation' });
});
