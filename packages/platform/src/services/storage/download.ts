/** GET and HEAD: a file, or one range of it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openWhole } from './content.ts';
import { type GrantedExchange, replyRefusal, unlessLeft } from './exchange.ts';

const BLOCK = 256 << 10;

export async function sendFile(exchange: GrantedExchange): Promise<void> {
  const { blobs, record, grant, place, request, response } = exchange;
  if (!record.complete || (record.attempt ?? '') !== grant.attempt)
    return replyRefusal(exchange, 'not-written', 'The file is not there yet.');
  const range = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), record.size - 1) : record.size - 1;
  if (range && (start >= record.size || end < start)) {
    response.setHeader('content-range', `bytes */${record.size}`);
    return replyRefusal(exchange, 'bad-range', `The file has ${record.size} bytes.`);
  }
  // The store gives it in one piece, which stays until the last of it is taken.
  if (record.kind === 'content') place?.hold(record.size);
  const source =
    record.kind === 'content'
      ? await blobs.content(record)
      : await openWhole(blobs.path(record), record.size);
  const inMemory = source instanceof Uint8Array;
  response.statusCode = range ? 206 : 200;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('content-length', String(Math.max(0, end - start + 1)));
  if (range) response.setHeader('content-range', `bytes ${start}-${end}/${record.size}`);
  if (request.method === 'HEAD' || record.size === 0) {
    if (!inMemory) await source.close();
    response.end();
    return;
  }
  const sink: NodeJS.WritableStream = response;
  // The stream closes the file.
  const content: Readable = inMemory
    ? Readable.from(blocksOf(source.subarray(start, end + 1)), { objectMode: false })
    : source.createReadStream({ start, end, highWaterMark: BLOCK });
  await pipeline(content, (chunks: AsyncIterable<Uint8Array>) => unlessLeft(exchange, chunks), sink);
}

function* blocksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BLOCK) yield bytes.subarray(at, at + BLOCK);
}
