/** The generated client of this project, over gRPC. */
import { type DescMethod, type DescMethodUnary, fromJson, type JsonObject, toJson } from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import type { Answer, Call, Driver, Ports } from './driver.ts';

const services = {
  TeaclaveAuthenticationApi: authentication.TeaclaveAuthenticationApi,
  TeaclaveFrontend: frontend.TeaclaveFrontend,
} as const;

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary';

export function connectDriver(ports: Ports): Driver {
  const transportTo = (baseUrl: string): Transport =>
    createGrpcTransport({ baseUrl, nodeOptions: { ca: ports.certificate } });
  const transports = {
    TeaclaveAuthenticationApi: transportTo(ports.authentication),
    TeaclaveFrontend: transportTo(ports.frontend),
  };
  return {
    async call({ service, method: name, request, metadata }: Call): Promise<Answer> {
      const methods: readonly DescMethod[] = services[service].methods;
      const method = methods.find((one) => one.name === name);
      if (method === undefined || !isUnary(method)) throw new Error(`no method ${name}`);
      const message = fromJson(method.input, request);
      try {
        const { message: reply } = await transports[service].unary(
          method,
          undefined,
          undefined,
          { ...metadata },
          message,
        );
        // Of a message with fields it is an object.
        return { code: 0, text: '', reply: toJson(method.output, reply) as JsonObject, detail: '' };
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        const [info] = error.findDetails(gaiwan.ErrorInfoSchema);
        return { code: error.code, text: error.rawMessage, reply: {}, detail: info?.code ?? '' };
      }
    },
    close: () => Promise.resolve(),
  };
}
