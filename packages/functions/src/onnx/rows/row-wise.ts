/**
 * Whether a model answers each row of the table on its own. Then rows can go in as many at a time as is convenient. What is not
 * known to do so may look across rows (means along the first axis, sorting, dynamic quantization): its rows must all go in together.
 */
import { isRandom } from '../check-model.ts';
import type { ModelFile, NodeFile } from '../model-file.ts';
import type { Port } from '../runtime.ts';
import { RULES, type Rule } from './rules.ts';
import { Call, type State } from './state.ts';

/** `op`: the first operator on the way to the output that may look across rows. */
export type RowWise = { readonly isRowWise: true } | { readonly isRowWise: false; readonly op: string };

const sizeOf = (dim: number | string): number | undefined =>
  typeof dim === 'number' && dim >= 0 ? dim : undefined;

class Analysis {
  readonly #states = new Map<string, State>();
  /** By tensor: the operator that may have mixed its rows. */
  readonly #lost = new Map<string, string>();
  readonly #opsets: ReadonlyMap<string, number>;

  constructor({ opsets, graph }: ModelFile, inputs: readonly Port[]) {
    this.#opsets = opsets;
    for (const { name, dims, ints } of graph.tensors)
      this.#states.set(name, { kind: 'constant', dims, ints });
    for (const { name, dims } of inputs) this.#states.set(name, { kind: 'rows', dims: dims.map(sizeOf) });
    for (const node of graph.nodes) this.#visit(node);
  }

  of(output: string): RowWise {
    if (this.#states.get(output)?.kind === 'rows') return { isRowWise: true };
    return { isRowWise: false, op: this.#lost.get(output) ?? 'its output' };
  }

  #visit(node: NodeFile): void {
    const lost = node.inputs.find((name) => this.#lost.has(name));
    const states = node.inputs.map((name) => this.#states.get(name));
    const isUnknown =
      lost !== undefined ||
      // Subgraphs use tensors of the graph that are no inputs.
      node.subgraphs.length > 0 ||
      isRandom(node) ||
      node.inputs.some((name, i) => name !== '' && !states[i]);
    if (!isUnknown && states.every((state) => state === undefined || state.kind === 'constant')) {
      this.#keepConstant(node);
      return;
    }
    const rule: Rule | undefined = isUnknown ? undefined : RULES.get(node.domain)?.get(node.op);
    const outputs = rule?.(new Call(node, this.#opsets.get(node.domain) ?? 0, states)) ?? [];
    const op = (lost !== undefined && this.#lost.get(lost)) || node.op;
    for (const [i, name] of node.outputs.entries()) {
      const found = outputs[i];
      if (found) this.#states.set(name, 'kind' in found ? found : { kind: 'rows', dims: found });
      else this.#lost.set(name, op);
    }
  }

  #keepConstant({ op, domain, attributes, outputs }: NodeFile): void {
    const tensor = op === 'Constant' && domain === '' ? attributes.get('value')?.tensor() : undefined;
    for (const name of outputs)
      this.#states.set(name, { kind: 'constant', dims: tensor?.dims, ints: tensor?.ints });
  }
}

/** `inputs`: those that the table goes into. Time and memory: in the number of operators. */
export function rowWise(model: ModelFile, inputs: readonly Port[], output: string): RowWise {
  // They may have the names of operators that are known here.
  if (model.functions.length > 0) return { isRowWise: false, op: 'a function of its own' };
  return new Analysis(model, inputs).of(output);
}
