/** Addresses that an operator's network, not the Internet, answers on: a request there would be the platform's, not its user's. */
import { BlockList, isIP } from 'node:net';

const inner = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inner.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  inner.addSubnet(network, bits, 'ipv6');
}

/** Private, loopback, link-local, multicast, translated: anything that is not plainly public. */
export function isInnerAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return inner.check(address, 'ipv4');
  // BlockList sees an IPv4-mapped address (::ffff:a.b.c.d) as its IPv4 address.
  return (
    family !== 6 ||
    inner.check(address, 'ipv6') ||
    (/^::(?!ffff:)[0-9a-f.]*:?[0-9a-f.]+$/i.test(address) && address.includes('.'))
  );
}

/** An operator who names an address or a local name means it; a public name that leads inside is somebody's trick. */
export function mayBeInner(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return isIP(name) !== 0 || !name.includes('.') || /\.(localhost|local|internal|lan|home\.arpa)$/.test(name);
}
