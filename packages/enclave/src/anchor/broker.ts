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
export function brokerAnchor(options: BrokerOptions): Anchor {
  const { url, key } = options;
  const path = `/v1/anchors/${key}`;
  const ask = async (put?: object): Promise<AnchoredState | undefined> => {
    try {
      const { status, body } = await callBroker(options, path, put);
      if (status === 200 || (put && status === 409)) return stateIn(body);
      throw new AnchorError(
        'unavailable',
        `The key broker ${url} answered ${status} about the anchor "${key}".`,
      );
    } catch (cause) {
      if (cause instanceof AnchorError) throw cause;
      throw new AnchorError(
        'unavailable',
        `The key broker ${url} said nothing about its anchor: ${whyNot(cause)}`,
        {
          cause,
        },
      );
    }
  };
  return {
    kind: 'key-broker',
    read: () => ask(),
    async advance(from, to) {
      requireAdvance(from, from, to);
      const is = await ask({ from: text(from), to: text(to) });
      if (!isSameState(is, to)) requireAdvance(is, from, to);
      if (!isSameState(is, to))
        throw new AnchorError(
          'unavailable',
          `The key broker ${url} did not take the state, and did not say why.`,
        );
    },
    close: () => Promise.resolve(),
  };
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
