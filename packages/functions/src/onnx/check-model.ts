/** What is refused before ONNX Runtime gets a model: where its own message would not say what to do. */
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { allNodes, allTensors, type ModelFile, type NodeFile, type TensorFile } from './model-file.ts';

/** What the pinned ONNX Runtime reads; it would refuse more with a line of its source. */
const MAX_IR_VERSION = 13;
const MAX_OPSETS: ReadonlyMap<string, number> = new Map([
  ['', 26],
  ['ai.onnx.ml', 5],
]);

const RANDOM: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** Whether the operator draws random numbers. */
export const isRandom = ({ op, domain }: Pick<NodeFile, 'op' | 'domain'>): boolean =>
  domain === '' && RANDOM.has(op);

function refuse(text: string): never {
  throw new FunctionError('invalid-model', text);
}

function checkVersions({ irVersion, opsets }: ModelFile): void {
  if (irVersion > MAX_IR_VERSION) {
    refuse(
      `The model cannot be loaded: it has IR version ${irVersion}, and versions up to ${MAX_IR_VERSION} run here. Save it again with an older one: in Python, model.ir_version = ${MAX_IR_VERSION} before onnx.save.`,
    );
  }
  for (const [domain, most] of MAX_OPSETS) {
    const version = opsets.get(domain) ?? 0;
    if (version <= most) continue;
    refuse(
      `The model cannot be loaded: it wants opset ${version} of ${domain || 'ai.onnx'}, and opsets up to ${most} run here. Export it with target_opset (skl2onnx, onnxmltools) or opset_version (torch) of at most ${most}, or convert it by onnx.version_converter.`,
    );
  }
}

function checkTensors(tensors: readonly TensorFile[]): void {
  const outside = tensors.find(({ isExternal }) => isExternal);
  if (!outside) return;
  refuse(
    `The model cannot be loaded: its tensor ${quote(outside.name)} is in another file. Save it as one file: torch.onnx.export(..., external_data=False), or onnx.save(onnx.load(path), path) in Python.`,
  );
}

/** A second run, or another cut into batches, would give another answer. */
function checkRandom(model: ModelFile, tensors: readonly TensorFile[]): void {
  const off = new Set(tensors.flatMap(({ name, ints }) => (ints?.[0] === 0 ? [name] : [])));
  for (const node of allNodes(model)) {
    // Its third input switches training on, in which it drops some of the numbers.
    const [, , training = ''] = node.op === 'Dropout' && node.domain === '' ? node.inputs : [];
    const isTraining = training !== '' && !off.has(training);
    if (!(isRandom(node) || isTraining) || node.attributes.has('seed')) continue;
    refuse(
      `The model draws random numbers (${node.op}), so that each run gives another answer: export it for inference (model.eval() in torch), or give the operator a seed.`,
    );
  }
}

/** @throws FunctionError "invalid-model" with what to do */
export function checkModel(model: ModelFile): void {
  checkVersions(model);
  const tensors = [...allTensors(model.graph)];
  checkTensors(tensors);
  checkRandom(model, tensors);
}
