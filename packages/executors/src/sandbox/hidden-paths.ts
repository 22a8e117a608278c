/** What of a host no sandbox is shown, whoever asks for it: places of the kernel, of services and of people. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** Neither these nor anything in them: the kernel's view of all processes, devices, sockets of services. */
const CLOSED = ['/proc', '/sys', '/dev', '/run', '/var/run'];
/** Not as a whole; a folder of its own within them may be shown. */
const TOO_WIDE = [/^\/$/, /^\/(root|home|etc|var|tmp|opt|srv|mnt|media)$/, /^\/home\/[^/]+$/];

/** Is `path` the folder, or within it? Both absolute and without "..". */
export const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** An existing path, as named and as what it leads to: must it stay hidden? */
export function mustStayHidden(path: string): boolean {
  return [path, realpathSync(path)].some(
    (name) => CLOSED.some((folder) => within(name, folder)) || TOO_WIDE.some((pattern) => pattern.test(name)),
  );
}
