/** The one decision function: Cedar policies, deny by default. */
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Subject } from '@gaiwan/protocol';
import type { Role } from '../../domain/records.ts';
import type { CompiledPolicies } from '../../policy/compiled.ts';
import { DENY_BY_DEFAULT, refuseAccess } from '../../policy/denial.ts';
import { compiledPolicies } from '../../policy/gen/policies.ts';
import type { AccessControl, AccessQuestion, AccessResource } from '../../ports.ts';
import { DecisionCache } from './decision-cache.ts';

/** Cedar's module keeps policies by a name, for the whole process. */
let instances = 0;

type EntityUid = { readonly type: string; readonly id: string };

/** A question as Cedar gets it. */
interface Asked {
  /** A gate asks of a role, whoever has it. */
  readonly caller: { readonly subject: Subject | undefined; readonly role: Role };
  readonly action: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Record<string, cedar.CedarValueJson>;
}

export class CedarAccessControl implements AccessControl {
  readonly #decisions = new DecisionCache();
  readonly #policies = `gaiwan-${instances++}`;
  /** Which groups an action is in. */
  readonly #actions: ReadonlyMap<string, cedar.EntityJson>;

  /**
   * @param compiled a parameter so that a test can pass others
   * @throws when a policy does not parse
   */
  constructor({ policies, actions }: CompiledPolicies = compiledPolicies) {
    succeed(cedar.preparsePolicySet(this.#policies, { staticPolicies: { ...policies } }));
    this.#actions = new Map(
      Object.entries(actions).map(([id, groups]) => [id, actionEntity(id, groups)] as const),
    );
  }

  require(question: AccessQuestion): void {
    const denied = this.#deniedBy(question);
    if (denied === undefined) return;
    throw refuseAccess(question, denied, (other) => this.permits(other));
  }

  permits(question: AccessQuestion): boolean {
    return this.#deniedBy(question) === undefined;
  }

  #deniedBy({ caller, action, resource }: AccessQuestion): string | undefined {
    // Policies speak of attributes, not of one record's id; so records that are alike share a decision. A gate's
    // answer depends on role and action alone.
    const asked: Asked = resource
      ? {
          caller,
          action,
          type: resource.type,
          id: 'this',
          attributes: attributesOf(resource),
        }
      : {
          caller: { ...caller, subject: undefined },
          action,
          type: 'Platform',
          id: 'platform',
          attributes: {},
        };
    const { name, attribute } = caller.role;
    const question = [asked.caller.subject, name, attribute, action, asked.type, asked.id, asked.attributes];
    return this.#decisions.of(JSON.stringify(question), () => this.#ask(asked));
  }

  /** The id of the policy that denies; undefined where the answer is yes. */
  #ask({ caller, action, type, id, attributes: attrs }: Asked): string | undefined {
    const principal: EntityUid = { type: 'User', id: caller.subject ?? '' };
    const resource: EntityUid = { type, id };
    const actionEntity = this.#actions.get(action);
    if (!actionEntity) return 'unknown-action';
    const entities: cedar.EntityJson[] = [
      { uid: principal, attrs: roleAttributes(caller.role), parents: [] },
      actionEntity,
      { uid: resource, attrs, parents: [] },
    ];
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: action },
      resource,
      context: { id: caller.subject ?? '' },
      preparsedPolicySetId: this.#policies,
      entities,
    });
    // Not an answer, or an evaluation error: closed.
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0) return 'policy-error';
    if (answer.response.decision === 'allow') return undefined;
    return answer.response.diagnostics.reason[0] ?? DENY_BY_DEFAULT;
  }
}

function roleAttributes(role: Role): Record<string, cedar.CedarValueJson> {
  return { role: role.name, attribute: role.attribute };
}

function attributesOf(resource: AccessResource): Record<string, cedar.CedarValueJson> {
  switch (resource.type) {
    case 'Data':
      return { owners: [...resource.owners] };
    case 'Function':
      return {
        owner: resource.owner,
        public: resource.public,
        codeHidden: resource.codeHidden,
        disabledBy: resource.disabledBy ?? '',
        groups: [...resource.groups],
        people: [...resource.people],
      };
    case 'Task':
      return {
        creator: resource.creator,
        participants: [...resource.participants],
        logReaders: [...resource.logReaders],
      };
    case 'Agreement':
      return { participants: [...resource.participants] };
    case 'Account':
      return {
        ...roleAttributes(resource.role),
        subject: resource.subject ?? '',
        // A list of one or none: no group has the name that nobody has.
        invitedTo: resource.invitedTo === undefined ? [] : [resource.invitedTo],
        groupMadeBy: resource.groupMadeBy ?? '',
      };
  }
}

function actionEntity(id: string, groups: readonly string[]): cedar.EntityJson {
  return {
    uid: { type: 'Action', id },
    attrs: {},
    parents: groups.map((group) => ({ type: 'Action', id: group })),
  };
}

function succeed(answer: cedar.CheckParseAnswer): void {
  if (answer.type === 'success') return;
  const messages = answer.errors.map(({ message }) => message).join('; ');
  throw new Error(`the access-control policies do not parse: ${messages}`);
}
