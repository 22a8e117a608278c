import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ecKey, makeCertificate, makeRoot, pem } from '@gaiwan/attestation-kit/machines';
import { expect, it, onTestFinished } from 'vitest';
import { readSimulationTrust, type SimulationTrust, simulationTrustFiles } from './folder.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const [key, subject] = [await ecKey('P-256'), 'O=SIMULATION, CN=Root'];
const marked = await makeRoot({ subject, key });
const trust: SimulationTrust = {
  root: pem(marked.der),
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

const withRoot = (root: Uint8Array) => readSimulationTrust(write(simulationTrustFiles({ ...trust, root })));

it('of an older version, whose root does not say that it is simulated, is refused', async () => {
  const older = await makeCertificate({ subject, key, ca: true });
  await expect(withRoot(pem(older.der))).rejects.toMatchObject({
    name: 'SimulationError',
    code: 'simulation-outdated',
  });
});

it.each([
  ['no certificate', bytes('root')],
  ['an empty file', bytes('')],
  ['two roots, of which one has the mark', pem(marked.der, (await makeCertificate({ subject, key })).der)],
])('with %s for a root is refused', async (_what, root) => {
  await expect(withRoot(root)).rejects.toMatchObject({ code: 'simulation-damaged' });
});
