// `node client.js PORT SIMULATION put KEY VALUE | get KEY`. It measures the program itself, and talks to nothing else.
import { request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { measureBundle, measureConfiguration } from '@gaiwan/enclave';
import { AttestedAgent, PeerVerifier, simulatedRegisters, simulationTrust } from '@gaiwan/trust';

const [port, simulation = '', command, name, value] = process.argv.slice(2);

const { digest: bundle } = await measureBundle(fileURLToPath(new URL('.', import.meta.url)));
const wanted = simulatedRegisters({ bundle, configuration: measureConfiguration({}) });
const verifier = new PeerVerifier({
  ...(await simulationTrust(simulation)),
  policies: [{ measurements: [{ ...wanted }] }],
});

const agent = new AttestedAgent({ port: Number(port), verifier });
const call = request({ agent, path: `/${name}`, method: command === 'put' ? 'PUT' : 'GET' });
call.on('error', ({ message }) => {
  console.error(`refused: ${message}`);
  process.exitCode = 1;
});
call.on('response', (response) => {
  process.exitCode = response.statusCode < 300 ? 0 : 1;
  response.pipe(process.stdout);
  response.on('end', () => agent.destroy());
});
call.end(command === 'put' ? value : undefined);
