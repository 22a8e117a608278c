/** A task cannot be done, and its participants may read why: the result's reason. */
export class TaskFault extends Error {
  override readonly name = 'TaskFault';
}
