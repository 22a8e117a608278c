/** A small run for the catalogue: two features, of which the first decides. */

export const gbdtData: string = '0,7,1\n1,7,1\n2,7,3\n3,7,3\n';

const conf =
  '"feature_size":2,"max_depth":1,"iterations":1,"shrinkage":1.0,"feature_sample_ratio":1.0,' +
  '"data_sample_ratio":1.0,"min_leaf_size":1,"loss":"SquaredError","debug":false,' +
  '"initial_guess_enabled":false,"training_optimization_level":2';

const leaf = (index: number, pred: string) =>
  `{"value":{"feature_index":0,"feature_value":0.0,"pred":${pred},"missing":0,"is_leaf":true},` +
  `"index":${index},"left":0,"right":0}`;

export const gbdtModel: string =
  `{"conf":{${conf}},"trees":[{"tree":{"tree":[` +
  '{"value":{"feature_index":0,"feature_value":1.5,"pred":0.0,"missing":0,"is_leaf":false},' +
  `"index":0,"left":1,"right":2},${leaf(1, '-1.0')},${leaf(2, '1.0')}]},` +
  '"feature_size":2,"max_depth":1,"min_leaf_size":1,"loss":"SquaredError","feature_sample_ratio":1.0}],"bias":2.0}';
