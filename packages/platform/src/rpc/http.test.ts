import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { type HttpRequest, type HttpResponse, leaveUnread } from './http.ts';

/** A stream of HTTP/2 as far as `leaveUnread` uses it. `state.localClose`: 1 once the end of the answer was sent. */
function unread() {
  const stream = Object.assign(new EventEmitter(), { state: { localClose: 0 }, close: vi.fn() });
  const request = { complete: false, resume: vi.fn(), stream };
  // Of request and response no more is used.
  leaveUnread(request as unknown as HttpRequest, { stream } as unknown as HttpResponse);
  return stream;
}
const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('an answer that does not wait for its request', () => {
  it('has its trailers sent before the stream is closed, though its body was finished long before', async () => {
    const stream = unread();
    stream.emit('finish');
    await turns();
    expect(stream.close).not.toHaveBeenCalled();
    stream.emit('wantTrailers');
    await turns();
    expect(stream.close).toHaveBeenCalled();
  });

  it('whose headers were its end is closed without any', async () => {
    const stream = unread();
    stream.state.localClose = 1;
    stream.emit('finish');
    await turns();
    expect(stream.close).toHaveBeenCalledOnce();
  });
});
