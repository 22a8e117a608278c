import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { BOOL, INT64 } from './element.ts';
import { Session } from './session.ts';
import { writeModel } from './write.ts';

describe('an output of a model', () => {
  it('of more values than an output may have is refused before they are read, whatever their type', async () => {
    const count = limits.onnxOutput.value + 1;
    const model = writeModel({
      nodes: [{ op: 'Expand', inputs: ['one', 'shape'], output: 'y' }],
      // An input, as the runtime would compute what depends on constants alone when it loads the model.
      inputs: [{ name: 'shape', dims: [2], type: INT64 }],
      outputs: [{ name: 'y', dims: [1, count], type: BOOL }],
      initializers: [{ name: 'one', dims: [1], data: [true] }],
    });
    using session = await Session.open(model, {});
    const [[port], [output]] = [session.inputs, session.outputs];
    if (!port || !output) throw new Error('the model has no input or no output');
    const feeds = [{ port, tensor: { type: INT64, dims: [2], data: BigInt64Array.of(1n, BigInt(count)) } }];
    expect(() => session.run(feeds, output)).toThrow(
      `The model's output "y" has the shape [1, ${count}]: at most ${limits.onnxOutput.value} numbers or texts can be taken at once.`,
    );
  });
});
