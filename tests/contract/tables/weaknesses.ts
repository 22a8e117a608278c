/** What was weak in Teaclave's design, one row each: gone, and where that is tried; or kept, and why. */

export interface WeaknessRow {
  readonly area: string;
  /** What it was with Teaclave 0.6. */
  readonly weakness: string;
  readonly now: 'gone' | 'kept';
  /** How, or why. */
  readonly how: string;
  /** A test, from the root; for what is kept, where it is written. */
  readonly where: string;
}

const gone = (area: string, weakness: string, how: string, where: string): WeaknessRow => ({
  area,
  weakness,
  now: 'gone',
  how,
  where,
});
const kept = (area: string, weakness: string, how: string, where: string): WeaknessRow => ({
  area,
  weakness,
  now: 'kept',
  how,
  where,
});
const platform = 'packages/platform/src';
const contract = 'tests/contract/conformance.test.ts';

/** In the order of an inventory of Teaclave 0.6. */
export const weaknessRows: readonly WeaknessRow[] = [
  gone(
    'persistence',
    'A release keeps all state in memory.',
    'Everything is in a sealed store on disk before it is acknowledged.',
    'tests/kill.test.ts',
  ),
  gone(
    'persistence',
    'Nobody notices that files on disk are older ones.',
    'An anchor outside of the disk remembers the newest state.',
    'tests/attacks/rollback-of-the-whole.test.ts',
  ),
  gone(
    'persistence',
    'The key of the database is published.',
    'Each data folder has a root key that is sealed to the machine.',
    `${platform}/compose/sealed-key.test.ts`,
  ),
  gone(
    'persistence',
    'A step is written in several writes.',
    'Each step is one commit, with its queue item and its events.',
    `${platform}/tasks/intents.test.ts`,
  ),
  gone(
    'persistence',
    'A use of a quota is not given back; races exceed a quota.',
    'A use is given back where a task ends before any worker has begun it; invocations under a quota are one after the other.',
    `${platform}/tasks/usage.test.ts`,
  ),
  gone(
    'identity',
    'A default administrator with a known password is there after each start.',
    'The first administrator gets a fresh password, which is shown once.',
    'tests/api.test.ts',
  ),
  gone(
    'identity',
    'Tokens end with the process, and by nothing else.',
    'Signing keys are kept and rotated; tokens name their key, their life is a setting, and a new password ends them.',
    `${platform}/compose/key-rotation.test.ts`,
  ),
  gone(
    'identity',
    'The role is the token’s.',
    'The role is read from the account at each call.',
    'tests/attacks/accounts.test.ts',
  ),
  gone(
    'identity',
    'A manager can take over any account.',
    'A manager changes the accounts alone that it has registered for its group; nobody changes another administrator’s.',
    contract,
  ),
  kept(
    'identity',
    'All failures of authentication have the code 16.',
    'Clients rely on it. The detail of an error tells them apart.',
    contract,
  ),
  gone(
    'identity',
    'Logins are not throttled, and stall everything else.',
    'Guesses are counted; hashes use memory, in threads beside; other calls go on.',
    'tests/faults/a13-logins.test.ts',
  ),
  gone(
    'authorisation',
    'The policy engine is not asked, and builds programs from text.',
    'Every call is decided by Cedar policies, from facts and never from text.',
    `${platform}/services/access-control/access-control.test.ts`,
  ),
  gone(
    'authorisation',
    'Anybody who owns functions replaces any function.',
    'Its owner alone changes it; an approved version never changes.',
    contract,
  ),
  gone(
    'authorisation',
    'An approval does not say of what.',
    'An approval is of the digest of a manifest with code, arguments, data and participants.',
    'tests/three-banks.test.ts',
  ),
  gone(
    'authorisation',
    'A public function that is disabled still runs; a deleted one leaves lists behind.',
    'Nobody uses a function that is disabled; a deletion takes its lists along.',
    `${platform}/services/management/delete.test.ts`,
  ),
  gone(
    'authorisation',
    'The allow-list means groups here and people there.',
    'A name on it is a person where there is one of the id, else a group, and stays that.',
    `${platform}/services/management/management.test.ts`,
  ),
  gone(
    'authorisation',
    'Nobody can run a function owner’s private function.',
    'A function owner reads and approves the tasks that its private functions are in.',
    contract,
  ),
  gone(
    'authorisation',
    'Nobody lists tasks or files.',
    'Everybody lists its own, in pages; participants alone look into a task, also an administrator.',
    `${platform}/services/management/lists.test.ts`,
  ),
  gone(
    'authorisation',
    'Whoever reaches the inner port is any user.',
    'Services attest each other, also in a simulation.',
    `${platform}/compose/internal.test.ts`,
  ),
  gone(
    'attestation',
    'The client trusts certificates that the server sends.',
    'A root of trust comes from the relying party alone.',
    'tests/attested.test.ts',
  ),
  gone(
    'attestation',
    'Revoked, invalid and old evidence passes, debug enclaves too.',
    'Each is refused unless a policy names it.',
    'tests/attestation/differential.test.ts',
  ),
  gone(
    'attestation',
    'Freshness is not looked at; certificates are not renewed.',
    'Evidence has an age or a nonce; certificates are renewed while the server runs.',
    'tests/rotation.test.ts',
  ),
  gone(
    'attestation',
    'No auditor’s signature passes, and one counts three times.',
    'So many different auditors must have signed as the relying party wants.',
    'tests/attested.test.ts',
  ),
  gone(
    'attestation',
    'Private keys are in the repository.',
    'No key is; tests make their own.',
    'tests/attested.test.ts',
  ),
  gone(
    'attestation',
    'Evidence needs a service that has ended.',
    'Quotes of SGX, TDX, SEV-SNP, Nitro and TPMs are verified here; a report in Teaclave’s form is to be had for old clients.',
    'tests/attestation-service.test.ts',
  ),
  gone(
    'attestation',
    'A variable of the environment turns verification off.',
    'Nothing does. A simulation is verified under a root of its own.',
    'tests/attested.test.ts',
  ),
  gone(
    'attestation',
    'The certificate’s own signature is wrong.',
    'It is a valid certificate.',
    'tests/attested.test.ts',
  ),
  gone(
    'attestation',
    'A result does not say what ran.',
    'Each task has a signed manifest and report.',
    'tests/three-banks.test.ts',
  ),
  gone(
    'files',
    'A key and IV encrypt more than one output.',
    'A key and IV are for one content, whatever is registered or run again.',
    `${platform}/domain/iv.test.ts`,
  ),
  gone(
    'files',
    'Files are held in memory.',
    'They are streams, in constant memory.',
    'tests/big-file.test.ts',
  ),
  gone(
    'files',
    'An input’s tag is checked if somebody opens it.',
    'It is checked before the function starts.',
    'tests/attacks/b2-tampered-input.test.ts',
  ),
  gone(
    'files',
    'A file’s name is bound to its URL.',
    'The name is the last part of the URL’s path, decoded; a query, as of a signed URL, does not count.',
    `${platform}/domain/data.test.ts`,
  ),
  gone(
    'files',
    'Any URL is fetched, also of the host.',
    'Only origins that the operator allows; file: never.',
    'tests/api.test.ts',
  ),
  gone(
    'files',
    'What was staged stays; transfers have no bounds.',
    'Staging ends with its task; transfers have bounds and a least rate.',
    'tests/faults/a07-b1-b4-b6-staging.test.ts',
  ),
  kept(
    'files',
    'Keys pass through the services.',
    'Clients hand them over, and rely on it. They travel between attested services and are kept sealed; a lease gives a worker those of its task alone.',
    'docs/threat-model.md',
  ),
  kept(
    'execution',
    'A function that fails is Finished, with a reason.',
    'Clients rely on it. Failures of Python and WebAssembly are reasons now, and no results.',
    'tests/functions.test.ts',
  ),
  gone(
    'execution',
    'A function has no limits, and shares memory with keys.',
    'Each runs in a sandbox of its own process with limits of time, memory, output and log.',
    'tests/untrusted-code.test.ts',
  ),
  gone(
    'execution',
    'Python is version 2.7, and a result has 20 KB.',
    'CPython and Pyodide with pure packages; results have their own limit.',
    'tests/functions.test.ts',
  ),
  gone(
    'execution',
    'An executor that hangs stays busy for ever.',
    'Whoever is not heard loses its lease; the task goes to another.',
    `${platform}/services/scheduler/lost-streams.test.ts`,
  ),
  gone(
    'execution',
    'A cancellation ends the process of the executor.',
    'It ends the sandbox of the task.',
    'tests/untrusted-code.test.ts',
  ),
  gone(
    'execution',
    'A lost executor is a failed task.',
    'The task is tried again, on another worker, a few times.',
    `${platform}/services/scheduler/scheduler.test.ts`,
  ),
  gone(
    'execution',
    'The scheduler keeps all in memory and ends at an error.',
    'Its queue is in the store, and a failing store is waited for.',
    `${platform}/services/scheduler/outage.test.ts`,
  ),
  gone(
    'execution',
    'Executors get what they cannot run, one by one, after seconds.',
    'Workers say what they can run; tasks are pushed to them, fairly among users.',
    `${platform}/services/scheduler/fairness.test.ts`,
  ),
  kept(
    'execution',
    'Every assigned output must be written; a pair of type and executor is looked at when it runs.',
    'Clients rely on it. The reason names the output, or the pair.',
    'tests/functions.test.ts',
  ),
  gone(
    'operations',
    'Lists have no pages, nothing is deleted, nothing has limits.',
    'Pages, deletion, retention, quotas of storage, and a limit for each message.',
    'tests/retention.test.ts',
  ),
  kept(
    'operations',
    'Errors are text, with the code 2 for conflicts.',
    'Codes and texts are the contract’s. A detail has our code, a sentence that says what to do, and whom it is about.',
    contract,
  ),
  kept(
    'operations',
    'A quota that is left out is 0: the function never runs.',
    'The field cannot tell. Our clients and command line send −1.',
    `${platform}/services/management/management.test.ts`,
  ),
  gone(
    'operations',
    'Nothing has a version; results are polled for.',
    'Records and formats have versions; `gaiwan.v1` watches tasks.',
    'tests/api.test.ts',
  ),
  gone(
    'operations',
    'The audit log loses entries, and can be changed.',
    'An entry is in the commit of what it tells of, in a store whose changes are seen.',
    'tests/faults/l6-audit-after-kill.test.ts',
  ),
  gone(
    'operations',
    'Calls wait for each other.',
    'Calls run side by side; what is written at once is one commit.',
    'tests/faults/flood.test.ts',
  ),
  gone(
    'operations',
    'The Python client has methods that cannot work.',
    'Plain clients that are generated from the `.proto` files do all there is.',
    contract,
  ),
  gone(
    'operations',
    'Tests end well when they fail, and act as administrators alone.',
    'Each role and each method is tried, and a failure fails the run.',
    contract,
  ),
  gone(
    'operations',
    'No health, no order of shutdown, a fixed order of start.',
    'Readiness is told; a stop ends what waits; services wait for each other.',
    'tests/start-stop.test.ts',
  ),
];
