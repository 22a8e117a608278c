import { expect, it } from 'vitest';
import { isInnerAddress, mayBeInner } from './address.ts';

it.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001:0:1::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  'no address',
  '',
  '127.1',
])('%s is inside', (address) => expect(isInnerAddress(address)).toBe(true));

it.each([
  '1.1.1.1',
  '8.8.8.8',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.1.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
])('%s is outside', (address) => expect(isInnerAddress(address)).toBe(false));

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['files', true],
  ['files.internal', true],
  ['files.bank.example', false],
  ['127.0.0.1.nip.io', false],
  ['localhost.evil.example', false],
])('an operator who allows %s means an inner address: %s', (host, expected) => {
  expect(mayBeInner(host)).toBe(expected);
});
