/** The access-control policies as a start gets them: taken apart, so that nothing but Cedar's policy set is left to make. */
export interface CompiledPolicies {
  /** Each policy in Cedar's form, by its `@id`. */
  readonly policies: Readonly<Record<string, string>>;
  /** The groups of actions that each action is in, by the action's name. */
  readonly actions: Readonly<Record<string, readonly string[]>>;
}
