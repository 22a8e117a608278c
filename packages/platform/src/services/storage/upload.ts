/** PUT: uploads of users, and outputs of workers. */
import { open } from 'node:fs/promises';
import { writeBody } from './body.ts';
import { type GrantedExchange, replyEmpty, replyRefusal, unlessSilent } from './exchange.ts';

/** One writer at a time for each upload. */
const writing = new Set<string>();

export async function receiveUpload(exchange: GrantedExchange): Promise<void> {
  const { complete, id } = exchange.record;
  if (complete)
    return replyRefusal(exchange, 'already-complete', 'The file is complete and cannot be written again.');
  if (writing.has(id))
    return replyRefusal(exchange, 'busy', 'Another request is writing to this file: wait for it to end.');
  writing.add(id);
  let reply: () => void;
  try {
    reply = await receive(exchange);
  } finally {
    writing.delete(id);
  }
  // Only now: who has the answer may send the next request.
  reply();
}

/** Takes what the request brings; returns how to answer it. */
async function receive(exchange: GrantedExchange): Promise<() => void> {
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
  blobs.noteWriting(grant.attempt, record.id);
  await blobs.announceOutput(record.id, grant.attempt, announced);
  const file = await open(blobs.path({ id: record.id, attempt: grant.attempt }), 'w', 0o600);
  try {
    const takeRoom = (bytes: number) => blobs.takeRoom(bytes);
    await writeBody(file, unlessSilent(exchange), { start: 0, limit: announced, takeRoom });
    await blobs.syncFolder();
    replyEmpty(exchange);
  } finally {
    await file.close();
  }
}
