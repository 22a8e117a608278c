/**
 * ZipMap is the last operator of most classifiers that skl2onnx, onnxmltools and CatBoost export: it makes of a row of
 * probabilities a map from class to probability. A map is no tensor, and has nothing that the row and the list of classes have
 * not: so the operator is left out, and the output is the rows.
 */

import { FLOAT } from './element.ts';
import type { ModelFile, NodeFile } from './model-file.ts';
import { FieldBudget, fieldsOf, type WireField } from './protobuf.ts';
import { type Field, message } from './write.ts';

export interface WithoutMaps {
  readonly bytes: Uint8Array;
  /** By output that was a map: the classes of its columns. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

const isZipMap = ({ op, domain }: NodeFile): boolean => op === 'ZipMap' && domain === 'ai.onnx.ml';

function classesOf({ attributes }: NodeFile): readonly string[] {
  const words = attributes.get('classlabels_strings')?.strings() ?? [];
  return words.length > 0 ? words : (attributes.get('classlabels_int64s')?.ints() ?? []).map(String);
}

/** ValueInfoProto of a tensor of floats of any shape. */
const floats = (name: string): Uint8Array =>
  message([
    [1, name],
    [2, message([[1, message([[1, FLOAT]])]])],
  ]);

const identity = ({ inputs, outputs }: NodeFile): Uint8Array =>
  message([
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, 'Identity'],
  ]);

/** A message with some of its fields replaced. */
function replaceFields(bytes: Uint8Array, replaced: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { raw, number } of fieldsOf(bytes, new FieldBudget())) {
    const by = replaced.get(at);
    parts.push(by ? message([[number, by]]) : raw);
    at += raw.length;
  }
  return Buffer.concat(parts);
}

/** Where a field begins in the message that it was read from. */
const placeIn = (message_: Uint8Array, { raw }: WireField): number => raw.byteOffset - message_.byteOffset;

/** The model with tensors in place of maps; the same bytes where it has none. */
export function withoutMaps({ graph, bytes }: ModelFile): WithoutMaps {
  const maps = graph.nodes.filter(isZipMap);
  const classes = new Map(maps.flatMap((node) => node.outputs.map((name) => [name, classesOf(node)])));
  if (maps.length === 0) return { bytes, classes };
  const changed = replaceFields(
    graph.bytes,
    new Map([
      ...maps.map((node): [number, Uint8Array] => [placeIn(graph.bytes, node.field), identity(node)]),
      ...graph.outputs
        .filter(({ name }) => classes.has(name))
        .map(({ name, field }): [number, Uint8Array] => [placeIn(graph.bytes, field), floats(name)]),
    ]),
  );
  const others = [...fieldsOf(bytes, new FieldBudget())].filter(({ number }) => number !== GRAPH);
  return { bytes: Buffer.concat([...others.map(({ raw }) => raw), message([[GRAPH, changed]])]), classes };
}

const GRAPH = 7;
