/** Public services as RPCs. The only place that registers any. */
import {
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import type { IncomingCall } from '../pipeline/pipeline.ts';
import type { PublicService } from '../pipeline/public-service.ts';
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

export function mount(router: ConnectRouter, { name, methods, pipeline }: PublicService): void {
  for (const { method, handler } of methods) {
    if (handler.kind === 'open') {
      handler.register(router, method);
    } else if (pipeline && handler.kind === 'unary' && isUnary(method)) {
      router.rpc(method, (request, context) =>
        pipeline.callUnary(handler, request, incoming(method, request, context)),
      );
    } else if (pipeline && handler.kind === 'stream' && isServerStreaming(method)) {
      router.rpc(method, (request, context) =>
        pipeline.callStream(handler, request, incoming(method, request, context)),
      );
    } else {
      throw new TypeError(`${name}.${method.name} cannot be served: it is of the kind ${method.methodKind}`);
    }
  }
}
