/** Extensions of TLS certificates (RFC 5280, 4.2.1): values by object identifier. */
import { oid, sequence } from '@gaiwan/attestation-kit';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Each side of a connection has a certificate of the same kind. */
export function keyUsages(): Record<string, Uint8Array> {
  return { '2.5.29.37': sequence(oid(SERVER_AUTH), oid(CLIENT_AUTH)) };
}

const tagged = (tag: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(0x80 | tag, bytes.length), bytes]);

/** 4 or 16 bytes. */
function addressBytes(address: string, version: number): Uint8Array {
  if (version === 4) return Uint8Array.from(address.split('.').map(Number));
  // The URL parser writes every address the same way: groups without leading zeros, one "::" at most.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** dNSName and iPAddress. Names of 128 bytes and more are left out: nobody relies on them. */
export function subjectAlternativeNames(
  hosts: readonly string[],
  isIP: (host: string) => number,
): Record<string, Uint8Array> {
  const names = [...new Set(hosts)]
    .filter((host) => host.length > 0 && host.length < 128 && /^[\x21-\x7e]+$/.test(host))
    .map((host) => {
      const version = isIP(host);
      return version === 0 ? tagged(2, Buffer.from(host)) : tagged(7, addressBytes(host, version));
    });
  return { '2.5.29.17': sequence(...names) };
}
