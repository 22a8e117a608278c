/** A client of Teaclave's contract, whatever it is written in: a call as JSON, and how it ended. */
import type { JsonObject } from '@bufbuild/protobuf';

export type Service = 'TeaclaveAuthenticationApi' | 'TeaclaveFrontend';

export interface Call {
  readonly service: Service;
  /** As in the `.proto` file. */
  readonly method: string;
  /** In the JSON of Protocol Buffers: bytes are base64. */
  readonly request: JsonObject;
  /** Headers, e.g. `id` and `token`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Answer {
  /** Of gRPC; 0 where it went well. */
  readonly code: number;
  /** `grpc-message`. */
  readonly text: string;
  readonly reply: JsonObject;
  /** Our code in the detail of an error. */
  readonly detail: string;
}

export interface Driver {
  call(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

export interface Ports {
  readonly authentication: string;
  readonly frontend: string;
  /** PEM */
  readonly certificate: string;
}
