/** PUT: uploads of users, and outputs of workers. */
import { open } from 'node:fs/promises';
import { fileOfBlob } from './blob-records.ts';
import { isDiskFull, writeBody } from './body.ts';
import { type GrantedExchange, replyEmpty, replyRefusal, unlessSilent } from './exchange.ts';

type Reply = () => void;

/** One writer at a time for each file. `receive` takes what the request brings, and returns how to answer it. */
async function receiveAlone(
  exchange: GrantedExchange,
  file: string,
  receive: (exchange: GrantedExchange) => Promise<Reply>,
): Promise<void> {
  const { writing } = exchange.blobs;
  if (writing.has(file))
    return replyRefusal(exchange, 'busy', 'Another request is writing to this file: wait for it to end.');
  writing.add(file);
  let reply: Reply;
  try {
    reply = await receive(exchange);
  } finally {
    writing.delete(file);
  }
  // Only now: who has the answer may send the next request.
  reply();
}

export async function receiveUpload(exchange: GrantedExchange): Promise<void> {
  if (exchange.record.complete)
    return replyRefusal(exchange, 'already-complete', 'The file is complete and cannot be written again.');
  return receiveAlone(exchange, fileOfBlob(exchange.record), receive);
}

async function receive(exchange: GrantedExchange): Promise<Reply> {
  const { blobs, record, request, response } = exchange;
  const received = await blobs.sizeOf(record);
  const header = request.headers['gaiwan-offset'] ?? '0';
  const offset = /^\d{1,15}$/.test(String(header)) ? Number(header) : Number.NaN;
  response.setHeader('gaiwan-offset', String(received));
  if (offset !== received)
    return () =>
      replyRefusal(exchange, 'wrong-offset', `${received} bytes have arrived: continue from there.`);
  const file = await open(blobs.path(record), 'r+');
  let end: number | undefined;
  try {
    const takeRoom = (bytes: number) => blobs.takeRoom(bytes);
    const bounds = { start: received, limit: record.size, takeRoom };
    end = await writeBody(file, unlessSilent(exchange), bounds);
  } finally {
    await file.close();
  }
  if (end === undefined) {
    const announced = `The upload was announced with ${record.size} bytes; nothing of this request was kept.`;
    return () => replyRefusal(exchange, 'too-much', announced);
  }
  if (end === record.size) await blobs.complete(record.id);
  response.setHeader('gaiwan-offset', String(end));
  return () => replyEmpty(exchange);
}

/** An attempt writes its own file, from the start; which attempt counts is decided when its result is committed. */
export async function receiveOutput(exchange: GrantedExchange): Promise<void> {
  const { blobs, record, grant, request } = exchange;
  if (record.kind !== 'output' || record.complete)
    return replyRefusal(exchange, 'already-complete', 'This file is complete: it is written once.');
  const length = request.headers['content-length'] ?? '';
  const announced = /^\d{1,15}$/.test(length) ? Number(length) : Number.NaN;
  if (!Number.isSafeInteger(announced))
    return replyRefusal(exchange, 'length-required', 'Say how many bytes the output has: content-length.');
  const output = { id: record.id, attempt: grant.attempt };
  return receiveAlone(exchange, fileOfBlob(output), async () => {
    await blobs.announceOutput(output, announced);
    try {
      await writeOutput(exchange, blobs.path(output), announced);
    } catch (error) {
      // Nothing of it is kept.
      if (isDiskFull(error)) blobs.takeBackOutput(output);
      throw error;
    }
    return () => replyEmpty(exchange);
  });
}

async function writeOutput(exchange: GrantedExchange, path: string, announced: number): Promise<void> {
  const { blobs } = exchange;
  const file = await open(path, 'w', 0o600);
  try {
    const takeRoom = (bytes: number) => blobs.takeRoom(bytes);
    await writeBody(file, unlessSilent(exchange), { start: 0, limit: announced, takeRoom });
    await blobs.syncFolder();
  } finally {
    await file.close();
  }
}
