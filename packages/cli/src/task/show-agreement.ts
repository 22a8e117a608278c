/** A standing agreement as text for people. */
import type { ApprovableAgreement } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import type { Agreement } from '@gaiwan/protocol';
import { hex } from '../context.ts';

const day = (ms: number) => new Date(ms).toISOString();

const titled = (title: string, lines: readonly string[]) =>
  lines.map((line, index) => `${(index === 0 ? title : '').padEnd(13)}${line}`);

function argumentLines({ arguments: agreed }: Agreement): string[] {
  if (agreed.length === 0) return titled('arguments', ['none']);
  const lines = agreed.map(({ name, values }) =>
    values.length === 0 ? `${name}: ANY VALUE` : `${name}: ${values.join(' or ')}`,
  );
  return titled('arguments', lines);
}

function inputLines({ inputs }: Agreement): string[] {
  const lines = inputs.flatMap(({ slot, owners, data }) => {
    const of = owners.join(', ');
    if (data.length === 0) return [`${slot}: ANY DATA of ${of}, as they put it there`];
    return data.map(({ id, tag }) => `${slot}: ${id} of ${of}${tag === '' ? '' : `, tag ${tag}`}`);
  });
  return titled('inputs', lines);
}

/** All of it, for whoever is to approve it. */
export function agreementText(found: ApprovableAgreement): string {
  const { agreement, digest, approvedUsers, missingUsers, used, revoked } = found;
  const { function: fn, limits, logs, outputs, participants, callers } = agreement;
  return [
    `agreement    ${agreement.agreement}`,
    `             WHOEVER APPROVES IT APPROVES EVERY TASK WITHIN IT, without being asked again`,
    `epoch        ${agreement.epoch}`,
    ...titled(
      'callers',
      callers.map((caller) => `${caller}: may create and run such tasks`),
    ),
    `function     ${fn.id}`,
    `  version    ${fn.version}`,
    `executor     ${agreement.executor}`,
    ...argumentLines(agreement),
    ...inputLines(agreement),
    ...titled(
      'outputs',
      outputs.map(({ slot, owners }) => `${slot}: to ${owners.join(', ')}`),
    ),
    ...titled(
      'participants',
      participants.map(({ subject, authority }) => `${subject} (${authority})`),
    ),
    `limits       at most ${limits.timeMs / 1000} s, ${limits.cpuMs / 1000} s of processor time, ${limits.memoryMiB} MiB of memory,`,
    `             ${limits.outputBytes} bytes of outputs, ${limits.logBytes} bytes of log, ${limits.files} files opened,`,
    `             ${limits.stagedBytes} bytes of inputs, ${limits.transferMs / 1000} s to fetch and store files`,
    `log          ${logs.length === 0 ? 'for nobody' : `for ${logs.join(' and ')}`}`,
    ...(agreement.repeat ? ['repeat       run twice, on different workers, and compared'] : []),
    `sandboxes    ${agreement.sandboxes === 'kept' ? 'may serve further calls of this function for these people' : 'a new one for each call'}`,
    `uses         ${used} of ${agreement.uses}`,
    `time         from ${day(agreement.from)} until ${day(agreement.until)}`,
    ...(revoked ? [`REVOKED      by ${revoked.by} at ${revoked.at.toISOString()}`] : []),
    `approved by  ${approvedUsers.join(', ') || '-'}`,
    `missing      ${missingUsers.join(', ') || '-'}`,
    `digest       ${hex(digest)}`,
  ]
    .map(visible)
    .join('\n');
}
