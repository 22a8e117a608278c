/**
 * AWS Nitro by a helper program: documents come from an ioctl of /dev/nsm, which JavaScript cannot make. The helper reads 64
 * bytes from standard input, and writes a document that has them as its nonce to standard output.
 */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { parseNitroDocument, Refusal } from '@gaiwan/attestation';
import { limits } from '../limits.ts';
import { type Attester, AttesterError, checkReportData } from './attester.ts';

/**
 * Attester of AWS Nitro.
 *
 * @param helper the program and its arguments
 */
export function nitroAttester(helper: readonly string[]): Attester {
  const [program = '', ...args] = helper;
  return {
    kind: 'nitro',
    async evidence(reportData) {
      checkReportData(reportData);
      const document = await runHelper(program, args, reportData);
      let nonce: Uint8Array | undefined | null;
      try {
        nonce = parseNitroDocument(document).nonce;
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause;
        throw new AttesterError('failed', `${program} wrote what is no document: ${cause.message}`, {
          cause,
        });
      }
      if (!nonce || Buffer.compare(nonce, reportData) !== 0)
        throw new AttesterError(
          'interference',
          'The document has another nonce than the one that was asked for.',
        );
      return { evidence: { kind: 'nitro', document } };
    },
  };
}

function runHelper(program: string, args: readonly string[], input: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: limits.nitroHelper.value,
    });
    child.once('error', (cause) =>
      reject(new AttesterError('not-available', `The helper ${program} cannot be run.`, { cause })),
    );
    // Where there are no descriptors left, Node makes no pipes, and says so by that error later.
    if (!(child.stdout instanceof Readable)) return;
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.nitroDocument.value) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.once('close', (code, signal) => {
      if (code === 0 && size <= limits.nitroDocument.value) resolve(new Uint8Array(Buffer.concat(chunks)));
      else
        reject(
          new AttesterError('failed', `The helper ${program} ended with ${signal ?? `exit code ${code}`}.`),
        );
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
