/**
 * An anchor at the key broker: whoever owns the data remembers its newest state.
 *
 *     GET /v1/anchors/{id}   over TLS with an attested certificate of the client, as for the key of that id
 *     200 {"state": null or base64 of 48 bytes}
 *     PUT /v1/anchors/{id}   {"from": null or base64, "to": base64}
 *     200 {"state": base64}  `to`, durably: the broker had exactly `from`
 *     409 {"state": null or base64}  it has this one, and keeps it
 */
import { type BrokerOptions, callBroker, whyNot } from '../sealing/broker.ts';
import {
  type Anchor,
  AnchorError,
  type AnchoredState,
  decodeState,
  encodeState,
  isSameState,
  requireAdvance,
} from './anchor.ts';

/** The anchor has the name of the key. */
export function brokerAnchor(broker: BrokerOptions): Anchor {
  const closed = new AbortController();
  const options = { ...broker, signal: closed.signal };
  return {
    kind: 'key-broker',
    read: async () => (await ask(options)).state,
    async advance(from, to) {
      // Before anything is sent.
      requireAdvance(from, from, to);
      const { taken, state } = await ask(options, { from: text(from), to: text(to) });
      if (taken && isSameState(state, to)) return;
      requireAdvance(state, from, to);
      throw new AnchorError(
        'unavailable',
        `The key broker ${options.url} did not take the state, and did not say why.`,
      );
    },
    // A broker that never answers keeps nobody.
    async close() {
      closed.abort(new Error('the anchor was closed'));
    },
  };
}

async function ask(options: BrokerOptions, put?: object): Promise<Answer> {
  const { url, key } = options;
  try {
    const { status, body } = await callBroker(options, `/v1/anchors/${key}`, put);
    if (status === 200 || (put && status === 409)) return { taken: status === 200, state: stateIn(body) };
    throw new AnchorError(
      'unavailable',
      `The key broker ${url} answered ${status} about the anchor "${key}".`,
    );
  } catch (cause) {
    if (cause instanceof AnchorError) throw cause;
    const why = `The key broker ${url} said nothing about its anchor: ${whyNot(cause)}`;
    throw new AnchorError('unavailable', why, { cause });
  }
}

interface Answer {
  /** It was asked to advance, and did. */
  readonly taken: boolean;
  readonly state: AnchoredState | undefined;
}

const text = (state: AnchoredState | undefined): string | null =>
  state === undefined ? null : encodeState(state).toString('base64');

function stateIn(body: Buffer): AnchoredState | undefined {
  let state: unknown;
  try {
    ({ state } = Object(JSON.parse(body.toString('utf8'))));
  } catch (cause) {
    throw new AnchorError('unreadable', 'The key broker answered no JSON about its anchor.', { cause });
  }
  if (state === null) return undefined;
  if (typeof state === 'string') return decodeState(Buffer.from(state, 'base64'));
  throw new AnchorError('unreadable', 'The key broker answered about its anchor, and named no state.');
}
