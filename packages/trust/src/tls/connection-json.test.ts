import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectionAnswer,
  connectionQuestion,
  readConnectionAnswer,
  readConnectionQuestion,
} from './connection-json.ts';
import { UntrustedPeer } from './untrusted-peer.ts';
import type { ConnectionEvidence } from './verify-connection.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

/** What it reads, or undefined where it refuses; anything else is a bug. */
function answerIn(text: string): ConnectionEvidence | undefined {
  try {
    return readConnectionAnswer(text);
  } catch (error) {
    if (error instanceof UntrustedPeer && error.reason === 'malformed') return undefined;
    throw error;
  }
}

describe('the question about a connection', () => {
  it('is read as it was asked', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (nonce) => {
        expect(readConnectionQuestion(connectionQuestion(nonce))).toEqual(nonce);
      }),
    );
  });

  it('is none with another nonce than of 32 bytes, or in another form', () => {
    const others = [new Uint8Array(), new Uint8Array(31), new Uint8Array(33)].map(connectionQuestion);
    for (const text of [...others, '', '[]', 'null', '{}', '{"nonce":1}', `{"nonce":"${'!'.repeat(43)}="}`])
      expect(readConnectionQuestion(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readConnectionQuestion(text)).toBeUndefined();
      }),
    );
  });
});

describe('the answer about a connection', () => {
  it('is read as it was given', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.option(bytes), (certificate, instance, signature) => {
        const said = { certificate, instance, ...(signature && { signature }) };
        expect(answerIn(connectionAnswer(said))).toEqual({ signature: new Uint8Array(), ...said });
      }),
    );
  });

  it('is none without its parts, or with what is not exactly base64', () => {
    for (const text of [
      '',
      'null',
      '{}',
      '{"certificate":"AA=="}',
      '{"instanceId":"AA=="}',
      '{"certificate":"AA==","instanceId":"AA"}',
      '{"certificate":"AB==","instanceId":"AA=="}',
      '{"certificate":"AA== ","instanceId":"AA=="}',
      '{"certificate":["AA=="],"instanceId":"AA=="}',
      '{"certificate":"AA==","instanceId":"AA==","signature":null}',
    ])
      expect(answerIn(text)).toBeUndefined();
  });

  it('is read or refused, whatever a stranger sends', () => {
    const near = fc.record(
      { certificate: fc.anything(), instanceId: fc.anything(), signature: fc.anything() },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      near.map((value) => JSON.stringify(value) ?? ''),
    );
    fc.assert(
      fc.property(text, (one) => void answerIn(one)),
      { numRuns: 5000 },
    );
  });
});
