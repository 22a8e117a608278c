import { randomBytes, X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { testMachine } from '../testing/machine.ts';
import { ConnectionAnswers } from './connection-answers.ts';
import { AttestedIdentity } from './identity.ts';

let identity: AttestedIdentity;
let answers: ConnectionAnswers;
let quotes: number;
/** What evidence about connections waits for. */
let gate: PromiseWithResolvers<void>;
beforeEach(async () => {
  gate = Promise.withResolvers();
  quotes = 0;
  const machine = await testMachine();
  let isMade = false;
  identity = await AttestedIdentity.create({
    attester: {
      kind: 'simulation',
      async evidence(reportData) {
        if (isMade) {
          quotes++;
          await gate.promise;
        }
        return machine.attester().evidence(reportData);
      },
    },
  });
  isMade = true;
  answers = new ConnectionAnswers(identity, randomBytes(32));
});
afterEach(() => identity.close());

/** The server's end of a connection, as far as it is looked at. */
const connection = (state = { destroyed: false }): object =>
  Object.create(TLSSocket.prototype, {
    destroyed: { get: () => state.destroyed },
    getProtocol: { value: () => 'TLSv1.3' },
    exportKeyingMaterial: { value: () => randomBytes(32) },
    getX509Certificate: { value: () => new X509Certificate(identity.current.certificate) },
  });
const ask = (socket: object) => answers.about(socket, randomBytes(32));

it('makes no evidence for a client that disconnected while it waited', async () => {
  const gone = { destroyed: false };
  const [first, second, third] = [ask(connection()), ask(connection(gone)), ask(connection())];
  gone.destroyed = true;
  gate.resolve();
  expect(await first).toBeDefined();
  expect(await second).toBeUndefined();
  expect(await third).toBeDefined();
  expect(quotes).toBe(2);
});

it('so many wait, and no more; a connection asks once at a time', async () => {
  const one = connection();
  const waiting = [one, ...Array.from({ length: limits.connectionQuestions.value - 1 }, () => connection())];
  const asked = waiting.map(ask);
  expect(await ask(connection())).toBeUndefined();
  expect(await ask(one)).toBeUndefined();
  gate.resolve();
  expect((await Promise.all(asked)).every((said) => said !== undefined)).toBe(true);
  expect(await ask(connection())).toBeDefined();
});
