import { refuse, type WasiCall } from './call.ts';
import { NOSYS, NOTSOCK } from './errno.ts';
import type { DescriptorTable } from './table.ts';

/** No descriptor is a socket. */
const SOCKETS = [
  ['sock_accept', 'iii'],
  ['sock_recv', 'iiiiii'],
  ['sock_send', 'iiiii'],
  ['sock_shutdown', 'ii'],
] as const;

/** Calls that exist, and that no task can make use of. */
export function unsupportedCalls(table: DescriptorTable): readonly WasiCall[] {
  return [
    ...SOCKETS.map(
      ([name, params]): WasiCall => [name, params, (fd: number) => refuse(table.get(fd) && NOTSOCK)],
    ),
    ['proc_raise', 'i', () => refuse(NOSYS)],
  ];
}
