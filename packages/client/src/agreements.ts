/** Standing agreements: parties approve a kind of task once. */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type Agreement,
  authorityOfKey,
  ManifestError,
  outsideAgreement,
  parseAgreement,
  type TaskManifest,
} from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import type { Rpc } from './rpc.ts';

/** Made of a task whose slots are filled: tasks like it. */
export interface NewAgreement {
  readonly taskId: string;
  /** User ids of those who may create tasks by it; default: the task's creator. */
  readonly callers?: readonly string[];
  /** Arguments that may have any value; all others must be as in the task. */
  readonly anyArguments?: readonly string[];
  /** Inputs that may have any data of their owners; all others have the task's. */
  readonly anyData?: readonly string[];
  /** How many tasks may be invoked. */
  readonly uses: number;
  /** Default: now. */
  readonly from?: Date;
  readonly until: Date;
}

/** What the caller would approve, checked here: the digest is that of the bytes. */
export interface ApprovableAgreement {
  readonly agreement: Agreement;
  /** SHA-256 of `bytes`. */
  readonly digest: Uint8Array;
  readonly bytes: Uint8Array;
  readonly approvedUsers: readonly string[];
  readonly missingUsers: readonly string[];
  /** Tasks that were invoked by it. */
  readonly used: number;
  readonly revoked: { readonly by: string; readonly at: Date } | undefined;
}

export interface AgreementSummary {
  readonly agreementId: string;
  readonly functionName: string;
  readonly missingUsers: readonly string[];
  readonly uses: number;
  readonly used: number;
  readonly until: Date;
  readonly isRevoked: boolean;
}

const bad = (why: string, cause?: unknown) =>
  new GaiwanError(
    'bad-manifest',
    `The platform's agreement cannot be approved: ${why}. Do not approve it by any other way, and tell the operator.`,
    { cause },
  );

export class Agreements {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Returns its id. It stands once all of its participants have approved it. */
  async propose(agreement: NewAgreement): Promise<string> {
    const { taskId, callers = [], anyArguments = [], anyData = [], uses, from, until } = agreement;
    const { agreementId } = await this.#rpc.agreements.proposeAgreement({
      taskId,
      callers: [...callers],
      anyArguments: [...anyArguments],
      anyData: [...anyData],
      uses: BigInt(uses),
      from: BigInt(from?.getTime() ?? 0),
      until: BigInt(until.getTime()),
    });
    return agreementId;
  }

  /** Rejects with `GaiwanError` (bad-manifest) for what is no agreement, another one, or names another key than this client signs with. */
  async get(agreementId: string): Promise<ApprovableAgreement> {
    const answer = await this.#rpc.agreements.getAgreement({ agreementId });
    const { agreement: bytes, approvedUsers, missingUsers, used, revokedBy, revokedAt } = answer;
    const { agreement, digest } = readAgreement(bytes, answer.digest, agreementId);
    const own = await this.#rpc.ownKey();
    const named = agreement.participants.find(({ subject }) => subject === own?.subject)?.authority;
    if (own && named !== undefined && named !== authorityOfKey(own.keyId))
      throw bad('it names another key than you sign with');
    const revoked = revokedBy === '' ? undefined : { by: revokedBy, at: new Date(Number(revokedAt)) };
    return { agreement, digest, bytes, approvedUsers, missingUsers, used: Number(used), revoked };
  }

  /** Approves exactly the agreement with this digest (32 bytes): every task within it, until it ends or is revoked. */
  async approve(agreementId: string, digest: Uint8Array): Promise<void> {
    await this.#rpc.agreements.approveAgreement({ agreementId, digest });
  }

  /** Ends it at once, for all. */
  async revoke(agreementId: string): Promise<void> {
    await this.#rpc.agreements.revokeAgreement({ agreementId });
  }

  /**
   * Has a task of the caller's approved by it. Empty inputs for which the agreement names one data item get it. Returns the digest of the task's
   * manifest, which names the agreement.
   */
  async apply(agreementId: string, taskId: string): Promise<Uint8Array> {
    const { digest } = await this.#rpc.agreements.applyAgreement({ agreementId, taskId });
    return digest;
  }

  /** Those that the caller takes part in. */
  async *list(): AsyncGenerator<AgreementSummary> {
    let pageToken = '';
    do {
      const { items, nextPageToken } = await this.#rpc.agreements.listAgreements({ pageToken });
      for (const { agreementId, functionName, missingUsers, uses, used, until, revoked } of items)
        yield {
          agreementId,
          functionName,
          missingUsers,
          uses: Number(uses),
          used: Number(used),
          until: new Date(Number(until)),
          isRevoked: revoked,
        };
      pageToken = nextPageToken;
    } while (pageToken !== '');
  }
}

/** Throws `GaiwanError` (bad-manifest). */
function readAgreement(
  bytes: Uint8Array,
  claimed: Uint8Array,
  agreementId: string,
): { agreement: Agreement; digest: Uint8Array } {
  const digest = createHash('sha256').update(bytes).digest();
  if (claimed.length !== digest.length || !timingSafeEqual(digest, claimed))
    throw bad('its SHA-256 is not the digest that came with it');
  const agreement = parse(bytes);
  if (agreement.agreement !== agreementId) throw bad('it is another one than was asked for');
  return { agreement, digest: new Uint8Array(digest) };
}

function parse(bytes: Uint8Array): Agreement {
  try {
    return parseAgreement(bytes);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw bad(error.message.replace(/^It/, 'it').replace(/[.]$/, ''), error);
  }
}

/** What of a task is not within the agreement; none: it is. Nothing of the platform's word is in it. */
export const differencesFrom = (
  { agreement, digest }: Pick<ApprovableAgreement, 'agreement' | 'digest'>,
  manifest: TaskManifest,
): string[] => outsideAgreement(agreement, Buffer.from(digest).toString('hex'), manifest);
