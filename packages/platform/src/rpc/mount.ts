/** Public services as RPCs. The only place that registers any. */
import {
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import type { UniversalHandlerOptions } from '@connectrpc/connect/protocol';
import type { IncomingCall } from '../pipeline/pipeline.ts';
import type { PublicService, ServedMethod } from '../pipeline/public-service.ts';
import { callKey } from './call.ts';
import { addressKey } from './errors.ts';

const incoming = (
  { input }: DescMethod,
  request: Message,
  { requestHeader, values, signal }: HandlerContext,
): IncomingCall => ({
  header: (name) => requestHeader.get(name) ?? '',
  bytes: () => toBinary(input, request, { writeUnknownFields: false }),
  address: values.get(addressKey),
  signal,
});

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary';
const isServerStreaming = (method: DescMethod): method is DescMethodServerStreaming =>
  method.methodKind === 'server_streaming';

/** `optionsOf`: what holds for a method before it is called. */
export function mount(
  router: ConnectRouter,
  { name, methods, pipeline }: PublicService,
  optionsOf: (served: ServedMethod) => Partial<UniversalHandlerOptions>,
): void {
  for (const served of methods) {
    const { method, handler } = served;
    const options = optionsOf(served);
    if (handler.kind === 'open') {
      handler.register(router, method, options);
    } else if (pipeline && handler.kind === 'unary' && isUnary(method)) {
      router.rpc(
        method,
        (request, context) => {
          const work = () => pipeline.callUnary(handler, request, incoming(method, request, context));
          const call = context.values.get(callKey);
          return call ? call.run(context.signal, work) : work();
        },
        options,
      );
    } else if (pipeline && handler.kind === 'stream' && isServerStreaming(method)) {
      router.rpc(
        method,
        (request, context) => pipeline.callStream(handler, request, incoming(method, request, context)),
        options,
      );
    } else {
      throw new TypeError(`${name}.${method.name} cannot be served: it is of the kind ${method.methodKind}`);
    }
  }
}
