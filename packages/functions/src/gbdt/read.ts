/** Reading an untrusted model file (contract 2.1): nothing that prediction walks over is left unchecked. */
import type { Input } from '../function.ts';
import { isLoss } from '../kernels/gbdt/loss.ts';
import type { Model, Node, Settings, Tree } from '../kernels/gbdt/tree.ts';
import { limits } from '../limits.ts';
import { type ModelTable, readModelTable } from '../tables/model-table.ts';
import { type JsonObject, JsonReader } from '../text/json.ts';
import { readBytes } from '../text/read-bytes.ts';

/** Bytes: about a million nodes. */
const LIMIT = limits.treesModel.value;

const json = new JsonReader('GBDT model file');

function readSettings(conf: JsonObject): Settings {
  const loss = json.value(conf, 'loss');
  return {
    features: json.integer(conf, 'feature_size', Number.MAX_SAFE_INTEGER),
    maxDepth: json.integer(conf, 'max_depth', 2 ** 32 - 1),
    iterations: json.integer(conf, 'iterations', Number.MAX_SAFE_INTEGER),
    shrinkage: json.single(conf, 'shrinkage'),
    featureSampleRatio: json.number(conf, 'feature_sample_ratio'),
    dataSampleRatio: json.number(conf, 'data_sample_ratio'),
    minLeafSize: json.integer(conf, 'min_leaf_size', Number.MAX_SAFE_INTEGER),
    loss: isLoss(loss) ? loss : json.fail('`loss` is none that there is'),
    optimizationLevel: json.integer(conf, 'training_optimization_level', 255),
  };
}

const signOf = (value: number): -1 | 0 | 1 => (value === 0 ? 0 : value < 0 ? -1 : 1);

function readNode(node: JsonObject, index: number, count: number, features: number): Node {
  const value = json.object(node, 'value');
  const leaf = json.boolean(value, 'is_leaf');
  const child = (side: 'left' | 'right'): number => {
    const at = json.integer(node, side, count - 1);
    // Children come after their node wherever trees are grown; so no walk can go in circles.
    if (!leaf && at <= index) json.fail(`the ${side} child of node ${index} does not come after it`);
    return at;
  };
  return {
    feature: json.integer(value, 'feature_index', Math.max(0, features - 1)),
    threshold: json.single(value, 'feature_value'),
    pred: json.single(value, 'pred'),
    missing: signOf(json.integer(value, 'missing', 1, -1)),
    leaf,
    left: child('left'),
    right: child('right'),
  };
}

function readTree(tree: JsonObject, features: number): Tree {
  const nodes = json.objects(json.object(tree, 'tree'), 'tree');
  if (nodes.length === 0) json.fail('a tree has no nodes');
  return nodes.map((node, index) => readNode(node, index, nodes.length, features));
}

export interface KeptModel {
  readonly model: Model;
  /** undefined: the file is of Teaclave's form. */
  readonly table: ModelTable | undefined;
}

/** Models of other libraries, which people try here. */
const FOREIGN = (library: string) =>
  `it is a model of ${library}: export it as ONNX, and give it to builtin-onnx-predict`;

function parseModel(bytes: Buffer): JsonObject {
  if (bytes.subarray(0, 14).equals(Buffer.from('tree\nversion=v'))) json.fail(FOREIGN('LightGBM'));
  const model = json.parse(bytes);
  if (Object.hasOwn(model, 'learner')) json.fail(FOREIGN('XGBoost'));
  return model;
}

/** Throws `FunctionError` for what is no model, and for one that a walk could get lost in. */
export async function readModel(input: Input): Promise<KeptModel> {
  const model = parseModel(await readBytes(input, 'GBDT model file', LIMIT));
  const settings = readSettings(json.object(model, 'conf'));
  const trees = json.objects(model, 'trees').map((tree) => readTree(tree, settings.features));
  if (trees.length !== settings.iterations) {
    json.fail(`it has ${trees.length} trees, and \`iterations\` says ${settings.iterations}`);
  }
  return {
    model: { settings, trees, bias: json.single(model, 'bias') },
    table: readModelTable(json, model, settings.features),
  };
}
