/**
 * A model as JSON on one line, byte for byte as Teaclave's library writes it (contract 2.1), and after that what is kept of
 * the training data, which that library passes over.
 */
import type { Output } from '../function.ts';
import type { Model, Node, Settings, Tree } from '../kernels/gbdt/tree.ts';
import { type ModelTable, modelTableText } from '../tables/model-table.ts';
import { formatF32, formatF64 } from '../text/format.ts';

const CHUNK = 1 << 16;

function conf(settings: Settings): string {
  return (
    `{"feature_size":${settings.features},"max_depth":${settings.maxDepth},"iterations":${settings.iterations},` +
    `"shrinkage":${formatF32(settings.shrinkage)},"feature_sample_ratio":${formatF64(settings.featureSampleRatio)},` +
    `"data_sample_ratio":${formatF64(settings.dataSampleRatio)},"min_leaf_size":${settings.minLeafSize},` +
    `"loss":"${settings.loss}","debug":false,"initial_guess_enabled":false,` +
    `"training_optimization_level":${settings.optimizationLevel}}`
  );
}

function node({ feature, threshold, pred, missing, leaf, left, right }: Node, index: number): string {
  return (
    `{"value":{"feature_index":${feature},"feature_value":${formatF32(threshold)},"pred":${formatF32(pred)},` +
    `"missing":${missing},"is_leaf":${leaf}},"index":${index},"left":${left},"right":${right}}`
  );
}

function tree(nodes: Tree, settings: Settings): string {
  return (
    `{"tree":{"tree":[${nodes.map(node).join(',')}]},"feature_size":${settings.features},` +
    `"max_depth":${settings.maxDepth},"min_leaf_size":${settings.minLeafSize},"loss":"${settings.loss}",` +
    `"feature_sample_ratio":${formatF64(settings.featureSampleRatio)}}`
  );
}

export async function writeModel(model: Model, table: ModelTable | undefined, output: Output): Promise<void> {
  let text = `{"conf":${conf(model.settings)},"trees":[`;
  for (const [i, nodes] of model.trees.entries()) {
    text += (i > 0 ? ',' : '') + tree(nodes, model.settings);
    if (text.length < CHUNK) continue;
    await output.write(Buffer.from(text));
    text = '';
  }
  await output.write(
    Buffer.from(`${text}],"bias":${formatF32(model.bias)}${table ? modelTableText(table) : ''}}`),
  );
  await output.close();
}
