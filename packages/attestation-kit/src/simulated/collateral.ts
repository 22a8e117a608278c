/** TCB Info and QE Identity of a simulated platform (Intel PCS API v4). */
import { toHex, utf8Bytes } from '@gaiwan/attestation/bytes';
import type { SigningKey } from '../issue/keys.ts';
import { QE_MRSIGNER } from './quote-bytes.ts';

/** Members of a JSON object, to add or to replace. */
export type Json = Readonly<Record<string, unknown>>;

const isoTime = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

/** When collateral holds, milliseconds since 1970. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

const issued = ({ from, to }: Validity) => ({
  issueDate: isoTime(from),
  nextUpdate: isoTime(to),
  tcbEvaluationDataNumber: 17,
});

/** A level of TCB Info that the default machine fulfils. */
export function tcbLevel(svn: number, status: string, tee: 'sgx' | 'tdx', more: Json = {}): Json {
  const components = Array.from({ length: 16 }, () => ({ svn }));
  return {
    tcb: {
      sgxtcbcomponents: components,
      pcesvn: 5,
      ...(tee === 'tdx' && {
        tdxtcbcomponents: Array.from({ length: 16 }, (_, index) => ({ svn: index < 3 ? 1 : 0 })),
      }),
    },
    tcbDate: '2025-01-01T00:00:00Z',
    tcbStatus: status,
    ...more,
  };
}

const tdxModule = {
  mrsigner: '00'.repeat(48),
  attributes: '00'.repeat(8),
  attributesMask: 'ff'.repeat(8),
};

/** TCB Info of a platform, unsigned. */
export function tcbInfoOf(
  tee: 'sgx' | 'tdx',
  { fmspc, pceId, validity }: { readonly fmspc: string; readonly pceId: string; readonly validity: Validity },
): Json {
  return {
    id: tee === 'sgx' ? 'SGX' : 'TDX',
    version: 3,
    ...issued(validity),
    fmspc: fmspc.toUpperCase(),
    pceId,
    tcbType: 0,
    ...(tee === 'tdx' && {
      tdxModule,
      tdxModuleIdentities: [
        {
          id: 'TDX_01',
          ...tdxModule,
          tcbLevels: [{ tcb: { isvsvn: 3 }, tcbDate: '2025-02-01T00:00:00Z', tcbStatus: 'UpToDate' }],
        },
      ],
    }),
    tcbLevels: [tcbLevel(3, 'UpToDate', tee)],
  };
}

/** Identity of the simulated quoting enclave, unsigned. */
export function qeIdentityOf(tee: 'sgx' | 'tdx', validity: Validity): Json {
  return {
    id: tee === 'sgx' ? 'QE' : 'TD_QE',
    version: 2,
    ...issued(validity),
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: QE_MRSIGNER.toUpperCase(),
    isvprodid: tee === 'sgx' ? 1 : 2,
    tcbLevels: [{ tcb: { isvsvn: 4 }, tcbDate: '2025-01-01T00:00:00Z', tcbStatus: 'UpToDate' }],
  };
}

/** As it is served: the object under its name, and a signature over its exact bytes. */
export async function signCollateral(
  name: 'tcbInfo' | 'enclaveIdentity',
  value: Json,
  signer: SigningKey,
): Promise<Uint8Array> {
  const inner = JSON.stringify(value);
  return utf8Bytes(`{"${name}":${inner},"signature":"${toHex(await signer.sign(utf8Bytes(inner)))}"}`);
}
