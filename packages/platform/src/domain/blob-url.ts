/** `blob://gaiwan/<uuid>/<name>`: where the platform keeps ciphertext. The name is the last segment, as for any URL. */
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { isBareName } from './names.ts';

const URL_FORM =
  /^blob:\/\/gaiwan\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/([^/?#]{1,600})$/;
const NAME_BYTES = limits.fileName.value;

export function blobUrl(id: string, name: string): string {
  return `blob://gaiwan/${id}/${encodeURIComponent(name)}`;
}

/** The blob's id; undefined for any other URL. */
export function blobId(url: string): string | undefined {
  return URL_FORM.exec(url)?.[1];
}

export function checkBlobName(name: string): void {
  if (!isBareName(name) || Buffer.byteLength(name) > NAME_BYTES) {
    throw refuse(
      'bad-name',
      `${JSON.stringify(name.slice(0, 60))} cannot name a file: give a bare name of 1 to ${NAME_BYTES} bytes, without a folder and without invisible characters.`,
    );
  }
}
