import { refuse, type WasiCall } from './call.ts';
import { NOSYS } from './errno.ts';

const UNSUPPORTED = [
  ['fd_advise', 'iIIi'],
  ['fd_allocate', 'iII'],
  ['fd_datasync', 'i'],
  ['fd_fdstat_set_rights', 'iII'],
  ['fd_filestat_set_size', 'iI'],
  ['fd_filestat_set_times', 'iIIi'],
  ['fd_pread', 'iiiIi'],
  ['fd_pwrite', 'iiiIi'],
  ['fd_sync', 'i'],
  ['path_create_directory', 'iii'],
  ['path_filestat_set_times', 'iiiiIIi'],
  ['path_link', 'iiiiiii'],
  ['path_readlink', 'iiiiii'],
  ['path_remove_directory', 'iii'],
  ['path_rename', 'iiiiii'],
  ['path_symlink', 'iiiii'],
  ['path_unlink_file', 'iii'],
  ['poll_oneoff', 'iiii'],
  ['proc_raise', 'i'],
  ['sock_accept', 'iii'],
  ['sock_recv', 'iiiiii'],
  ['sock_send', 'iiiii'],
  ['sock_shutdown', 'ii'],
] as const;

/** Calls that exist, and that no task can make use of. */
export const unsupportedCalls: readonly WasiCall[] = UNSUPPORTED.map(([name, params]) => [
  name,
  params,
  () => refuse(NOSYS),
]);
