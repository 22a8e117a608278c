/** What a backup consists of: the folders and files of a data folder without which it does not open, or lacks something. */
export const STORE = 'store';
export const DATABASE = 'store/store.sqlite';
export const BLOBS = 'blobs';
/** The sealed root key, the one of a handover, and those of a rotation. */
const KEY = /^root\.sealed(\.next|(\.[0-9a-f]{16}){1,2})?$/;
const BLOB = /^blobs\/[0-9A-Za-z][\w.-]{0,200}$/;

export const isKeyFile = (name: string): boolean => KEY.test(name);

/** Whether a path, relative and with `/`, is of a part: no other is ever written by a restore. */
export const isPart = (path: string): boolean => path === DATABASE || KEY.test(path) || BLOB.test(path);
