/** One question to an agent, over a connection of its own: an agent may be restarted between two, and nothing is left open. */
import { createConnection, type Socket } from 'node:net';
import { messageOf, visible } from '@gaiwan/errors';
import { GaiwanError } from '../errors.ts';
import { AnswerFrame } from './frame.ts';
import { badAgent, sshString } from './wire.ts';

/**
 * The message that the agent at this socket answers.
 *
 * @param patience for all of it, in ms: a question to the user is part of it
 * @throws GaiwanError agent-unreachable, bad-agent
 */
export async function askAgent(path: string, request: Uint8Array, patience: number): Promise<Uint8Array> {
  let connection: Socket | undefined;
  let deadline: NodeJS.Timeout | undefined;
  try {
    const opened = createConnection({ path });
    connection = opened;
    // Whoever reads it hears of it; what comes after the answer concerns nobody.
    opened.on('error', () => undefined);
    deadline = setTimeout(() => {
      opened.destroy(unreachable(path, `it has not answered within ${patience / 1000} s`));
    }, patience);
    opened.write(sshString(request));
    return await readAnswer(opened);
  } catch (cause) {
    if (cause instanceof GaiwanError) throw cause;
    throw unreachable(path, messageOf(cause), cause);
  } finally {
    clearTimeout(deadline);
    connection?.destroy();
  }
}

async function readAnswer(connection: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const frame = new AnswerFrame();
  for await (const part of connection) {
    const message = frame.take(part);
    if (message) return message;
  }
  throw badAgent('it ended the connection before its answer was whole');
}

const unreachable = (path: string, why: string, cause?: unknown) =>
  new GaiwanError('agent-unreachable', `The agent at ${visible(path)} does not answer: ${why}.`, { cause });
