/** What is known of a tensor when an operator is looked at. */
import type { NodeFile } from '../model-file.ts';

/** Sizes; undefined where not known. */
export type Dims = readonly (number | undefined)[];

/** Rows of the table along the first axis, each computed from its own row of the table alone. */
export interface Rows {
  readonly kind: 'rows';
  readonly dims: Dims;
}

/** The same whatever the table is. */
export interface Constant {
  readonly kind: 'constant';
  /** undefined: not even how many there are. */
  readonly dims: Dims | undefined;
  /** Of a small tensor of integers. */
  readonly ints: readonly number[] | undefined;
}

/**
 * The elements of `Rows` of these sizes, in order, but with one axis of 1 in front and one for all of them: ArrayFeatureExtractor
 * looks up classes so.
 */
export interface Flat {
  readonly kind: 'flat';
  readonly dims: Dims;
}

export type State = Rows | Flat | Constant;

/** An operator with what is known of its inputs; undefined for an input that is left out. */
export class Call {
  readonly node: NodeFile;
  /** Version of the operator's domain. */
  readonly opset: number;
  readonly inputs: readonly (State | undefined)[];

  constructor(node: NodeFile, opset: number, inputs: readonly (State | undefined)[]) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
  }

  /** The number of integers or texts of an attribute; 0 without it. */
  count(name: string): number {
    const attribute = this.node.attributes.get(name);
    return attribute ? Math.max(attribute.ints().length, attribute.strings().length) : 0;
  }

  int(name: string, otherwise: number): number {
    return this.node.attributes.get(name)?.int() ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.node.attributes.get(name)?.ints();
  }

  /** The sizes of an input of rows; undefined for another. */
  rows(i: number): Dims | undefined {
    const state = this.inputs[i];
    return state?.kind === 'rows' ? state.dims : undefined;
  }

  /** Whether all inputs from the `i`th on are constants, or left out. */
  areConstant(i: number): boolean {
    return this.inputs.slice(i).every((state) => state === undefined || state.kind === 'constant');
  }

  /** Integers of an attribute, or of the constant input that later opsets have in its place. */
  axes(name: string, i: number): readonly number[] | undefined {
    const state = this.inputs[i];
    if (state === undefined) return this.ints(name);
    return state.kind === 'constant' ? state.ints : undefined;
  }
}

/** An axis counted from the front; undefined for the first one, which is the rows, and for what is none. */
export function innerAxis(axis: number, rank: number): number | undefined {
  const found = axis < 0 ? axis + rank : axis;
  return Number.isInteger(found) && found >= 1 && found < rank ? found : undefined;
}

/** `innerAxis` of each; undefined if one has none, or there are none. */
export function innerAxes(axes: readonly number[] | undefined, rank: number): number[] | undefined {
  const found = (axes ?? []).flatMap((axis) => innerAxis(axis, rank) ?? []);
  return axes && axes.length > 0 && found.length === axes.length ? found : undefined;
}

/** The number of elements of some sizes. */
export const productOf = (dims: Dims): number | undefined =>
  dims.reduce<number | undefined>(
    (product, dim) => (product === undefined || dim === undefined ? undefined : product * dim),
    1,
  );
