/** What has to be known of a model before ONNX Runtime gets it: versions, operators, shapes. Messages of onnx.proto. */
import { FunctionError } from '../refusal.ts';
import { BOOL, INT64 } from './element.ts';
import { FieldBudget, fieldsOf, textOf, varintsOf, type WireField } from './protobuf.ts';

/** Subgraphs in subgraphs. */
const MAX_DEPTH = 16;
/** Numbers of a tensor that shapes and axes are read from. */
const MAX_INTS = 64;
const EXTERNAL = 1;

export interface TensorFile {
  readonly name: string;
  readonly dims: readonly number[];
  /** The numbers of a small tensor of int64, or of bool as 0 and 1; undefined for others. */
  readonly ints: readonly number[] | undefined;
  /** Whether its data are in another file. */
  readonly isExternal: boolean;
}

/** Read when asked for: an attribute may be as large as a forest. */
export interface AttributeFile {
  int(): number | undefined;
  ints(): readonly number[];
  strings(): readonly string[];
  tensor(): TensorFile | undefined;
}

export interface NodeFile {
  readonly op: string;
  /** '' is the standard one. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeFile>;
  readonly subgraphs: readonly GraphFile[];
  readonly field: WireField;
}

export interface ValueFile {
  readonly name: string;
  readonly field: WireField;
}

export interface GraphFile {
  readonly nodes: readonly NodeFile[];
  readonly tensors: readonly TensorFile[];
  readonly outputs: readonly ValueFile[];
  /** The message. */
  readonly bytes: Uint8Array;
}

export interface ModelFile {
  readonly irVersion: number;
  /** Version of each domain of operators. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphFile;
  /** Functions that the model brings along: their operators. */
  readonly functions: readonly NodeFile[];
  readonly bytes: Uint8Array;
}

class Reader {
  readonly #budget = new FieldBudget();

  fields(bytes: Uint8Array): Generator<WireField, void, void> {
    return fieldsOf(bytes, this.#budget);
  }

  ints(field: WireField): number[] {
    const found: number[] = [];
    for (const value of varintsOf(field, this.#budget)) found.push(value);
    return found;
  }

  model(bytes: Uint8Array): ModelFile {
    let irVersion = 0;
    const opsets = new Map<string, number>();
    const graphs: Uint8Array[] = [];
    const functions: NodeFile[] = [];
    for (const field of this.fields(bytes)) {
      if (field.number === 1) irVersion = field.value;
      // A message that comes twice is merged: as if its bytes stood one after the other.
      else if (field.number === 7) graphs.push(field.bytes);
      else if (field.number === 8) this.#opset(field.bytes, opsets);
      else if (field.number === 25) {
        for (const part of this.fields(field.bytes))
          if (part.number === 7) functions.push(this.node(part, 0));
      }
    }
    const [only, ...others] = graphs;
    if (!only) {
      throw new FunctionError(
        'invalid-model',
        'The model cannot be loaded: it is no ONNX file, or has no graph.',
      );
    }
    const graph = this.graph(others.length === 0 ? only : Buffer.concat(graphs), 0);
    return { irVersion, opsets, graph, functions, bytes };
  }

  #opset(bytes: Uint8Array, opsets: Map<string, number>): void {
    let [domain, version] = ['', 0];
    for (const field of this.fields(bytes)) {
      if (field.number === 1) domain = textOf(field);
      if (field.number === 2) version = field.value;
    }
    opsets.set(domain === 'ai.onnx' ? '' : domain, version);
  }

  graph(bytes: Uint8Array, depth: number): GraphFile {
    if (depth > MAX_DEPTH) {
      throw new FunctionError('too-large', `The model has subgraphs in more than ${MAX_DEPTH} levels.`);
    }
    const nodes: NodeFile[] = [];
    const tensors: TensorFile[] = [];
    const outputs: ValueFile[] = [];
    for (const field of this.fields(bytes)) {
      if (field.number === 1) nodes.push(this.node(field, depth));
      else if (field.number === 5) tensors.push(this.tensor(field.bytes));
      else if (field.number === 12) outputs.push({ name: this.#name(field.bytes), field });
    }
    return { nodes, tensors, outputs, bytes };
  }

  #name(bytes: Uint8Array): string {
    let name = '';
    for (const field of this.fields(bytes)) if (field.number === 1) name = textOf(field);
    return name;
  }

  node(field: WireField, depth: number): NodeFile {
    let [op, domain] = ['', ''];
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, AttributeFile>();
    const subgraphs: GraphFile[] = [];
    for (const part of this.fields(field.bytes)) {
      if (part.number === 1) inputs.push(textOf(part));
      else if (part.number === 2) outputs.push(textOf(part));
      else if (part.number === 4) op = textOf(part);
      else if (part.number === 7) domain = textOf(part);
      else if (part.number === 5) this.#attribute(part.bytes, attributes, { subgraphs, depth });
    }
    return { op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes, subgraphs, field };
  }

  #attribute(
    bytes: Uint8Array,
    attributes: Map<string, AttributeFile>,
    { subgraphs, depth }: { readonly subgraphs: GraphFile[]; readonly depth: number },
  ): void {
    let name = '';
    // Lists that are not packed have a field for each number: of large ones no more is looked at.
    for (const field of fieldsOf(bytes, new FieldBudget())) {
      if (field.number === 1) name = textOf(field);
      else if (field.number === 6 || field.number === 11) subgraphs.push(this.graph(field.bytes, depth + 1));
      else if (name !== '' && (field.number === 7 || field.number === 8 || field.number === 9)) break;
    }
    attributes.set(name, new Attribute(bytes, this.#budget));
  }

  tensor(bytes: Uint8Array): TensorFile {
    let [name, type, isExternal] = ['', 0, false];
    const dims: number[] = [];
    const ints: number[] = [];
    let raw: Uint8Array | undefined;
    for (const field of this.fields(bytes)) {
      if (field.number === 1) dims.push(...this.ints(field).slice(0, MAX_INTS));
      else if (field.number === 2) type = field.value;
      // Bools in int32_data, int64 in int64_data.
      else if ((field.number === 5 || field.number === 7) && field.bytes.length <= MAX_INTS * 10)
        ints.push(...this.ints(field));
      else if (field.number === 8) name = textOf(field);
      else if (field.number === 9) raw = field.bytes;
      else if (field.number === 14) isExternal = field.value === EXTERNAL;
    }
    const size = type === INT64 ? 8 : 1;
    const known = type === INT64 || type === BOOL ? smallInts({ dims, raw, ints, size }) : undefined;
    return { name, dims, ints: known, isExternal };
  }
}

interface Elements {
  readonly dims: readonly number[];
  readonly raw: Uint8Array | undefined;
  readonly ints: readonly number[];
  /** Bytes of an element of `raw`. */
  readonly size: 1 | 8;
}

function smallInts({ dims, raw, ints, size }: Elements): readonly number[] | undefined {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count > MAX_INTS) return undefined;
  if (raw?.length === count * size) {
    if (size === 1) return [...raw];
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return Array.from({ length: count }, (_, i) => Number(view.getBigInt64(8 * i, true)));
  }
  return ints.length === count ? ints : undefined;
}

class Attribute implements AttributeFile {
  readonly #bytes: Uint8Array;
  /** The model's: what its lists hold is counted together. */
  readonly #budget: FieldBudget;
  #ints: readonly number[] | undefined;
  #strings: readonly string[] | undefined;

  constructor(bytes: Uint8Array, budget: FieldBudget) {
    this.#bytes = bytes;
    this.#budget = budget;
  }

  #fields(number: number): WireField[] {
    return [...fieldsOf(this.#bytes, new FieldBudget())].filter((field) => field.number === number);
  }

  int(): number | undefined {
    return this.#fields(3).at(-1)?.value;
  }

  ints(): readonly number[] {
    this.#ints ??= this.#fields(8).flatMap((field) => [...varintsOf(field, this.#budget)]);
    return this.#ints;
  }

  strings(): readonly string[] {
    this.#strings ??= this.#fields(9).map((field) => {
      this.#budget.spend();
      return textOf(field);
    });
    return this.#strings;
  }

  tensor(): TensorFile | undefined {
    const field = this.#fields(5).at(-1);
    return field && new Reader().tensor(field.bytes);
  }
}

/**
 * @throws FunctionError "invalid-model" for what is no ONNX file, "too-large" for more operators, names and tensors than
 *   `onnxFields`; what is read later throws "too-large", too, for more numbers of lists
 */
export const readModelFile = (bytes: Uint8Array): ModelFile => new Reader().model(bytes);

/** Every tensor that the model brings along, also in subgraphs and as an operator `Constant`. */
export function* allTensors(graph: GraphFile): Generator<TensorFile> {
  yield* graph.tensors;
  for (const { op, domain, attributes, outputs, subgraphs } of graph.nodes) {
    const [name] = outputs;
    const tensor = op === 'Constant' && domain === '' ? attributes.get('value')?.tensor() : undefined;
    if (tensor && name !== undefined) yield { ...tensor, name };
    for (const subgraph of subgraphs) yield* allTensors(subgraph);
  }
}

/** Every node, also of subgraphs and of functions. */
export function* allNodes({ graph, functions }: Pick<ModelFile, 'graph' | 'functions'>): Generator<NodeFile> {
  for (const node of [...graph.nodes, ...functions]) {
    yield node;
    for (const subgraph of node.subgraphs) yield* allNodes({ graph: subgraph, functions: [] });
  }
}
