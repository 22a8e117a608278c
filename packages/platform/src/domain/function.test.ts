import { describe, expect, it } from 'vitest';
import { checkExecutor } from './function.ts';

describe('the executor of a task', () => {
  it.each([
    ['builtin', 'builtin-echo', 'builtin'],
    ['builtin', 'builtin-onnx-predict', 'onnx-native'],
    ['custom:own', 'f', 'own'],
  ])('of %s %s may be %s', (executorType, name, executor) => {
    expect(() => checkExecutor({ executorType, name }, executor)).not.toThrow();
  });

  it.each([
    ['builtin', 'builtin-echo', 'onnx-native', 'runs builtin-onnx-predict alone'],
    ['python', 'builtin-onnx-predict', 'onnx-native', 'runs builtin-onnx-predict alone'],
    ['builtin', 'builtin-echo', 'cobol', 'Use one of builtin, onnx-native'],
    ['custom:own', 'f', 'other', 'is no executor'],
  ])('of %s %s is not %s', (executorType, name, executor, why) => {
    expect(() => checkExecutor({ executorType, name }, executor)).toThrow(
      expect.objectContaining({
        code: 'bad-executor',
        message: expect.stringContaining(why) as string,
        wire: `Unsupported executor: ${executor}`,
      }),
    );
  });
});
