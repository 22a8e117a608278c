// An attested key-value service. `node server.js DATA [SIMULATION]`; without a simulated machine it takes what the machine has.
import { createServer } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as enclave from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';

const [data = './kv-data', simulation] = process.argv.slice(2);

// Who am I? This folder with all that it depends on, and a configuration that has nothing in it.
const { digest: bundle } = await enclave.measureBundle(fileURLToPath(new URL('.', import.meta.url)));
const configuration = enclave.measureConfiguration({});
const settings = simulation ? { tee: 'simulation', simulation } : { tee: 'auto' };
const machine = await enclave.openMachine(settings, { bundle, configuration });

// What is stored can be read by this program on this machine, and by nobody else.
if (!machine.sealer) throw new Error(`${machine.attester.kind} keeps no keys: use a key broker`);
const folder = join(data, 'store');
const store = await openEmbeddedStore({
  folder,
  rootKey: enclave.sealedRootKey(join(data, 'root.sealed'), machine.sealer),
});

// Whoever connects can see in the certificate what runs here.
const identity = await enclave.AttestedIdentity.create({ attester: machine.attester, configuration });
const answer = async (request, response) => {
  const key = [request.url ?? '/'];
  if (request.method === 'PUT') {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    await store.commit({ put: [{ key, value: Buffer.concat(chunks) }] });
    return response.writeHead(204).end();
  }
  const entry = await store.get(key);
  return response.writeHead(entry ? 200 : 404).end(entry?.value);
};
const server = createServer(enclave.serverOptions(identity), (request, response) => {
  answer(request, response).catch((error) => response.destroy(error));
});
enclave.followRenewals(server, identity);
server.listen(Number(process.env.PORT ?? 8444), () => console.log(JSON.stringify(server.address())));
