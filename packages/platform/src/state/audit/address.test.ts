import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressBytes, readAddress } from './address.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

it.each([
  ['10.1.2.3', '0000000000000000000000000a010203'],
  ['::10.1.2.3', '0000000000000000000000000a010203'],
  ['::ffff:10.1.2.3', '0000000000000000000000000a010203'],
  ['::FFFF:a01:203', '0000000000000000000000000a010203'],
  ['::1', '00000000000000000000000000000001'],
  ['::', '00000000000000000000000000000000'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
])('the address %s is %s', (text, bytes) => {
  expect(hex(readAddress(text))).toBe(bytes);
});

it.each(['', 'nobody', '10.1.2', '10.1.2.256', 'x10.1.2.3', '1::2::3', ':1', '1:2:3:4:5:6:7:8:9'])(
  '"%s" is no address, and is written as zeros',
  (text) => {
    expect(readAddress(text)).toBeUndefined();
    expect(hex(addressBytes(text))).toBe('0'.repeat(32));
  },
);

it('every address of version 6 is what the URL parser reads', () => {
  const word = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16));
  const address = fc
    .tuple(fc.array(word, { maxLength: 7 }), fc.array(word, { maxLength: 7 }))
    .map(([head, tail]) => `${head.join(':')}::${tail.join(':')}`)
    .filter(isIPv6);
  fc.assert(
    fc.property(address, (text) => {
      const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
      const [head = '', tail = ''] = canonical.split('::');
      const parts = (words: string) => (words === '' ? [] : words.split(':'));
      const zeros = canonical.includes('::') ? 8 - parts(head).length - parts(tail).length : 0;
      const words = [...parts(head), ...Array<string>(zeros).fill('0'), ...parts(tail)];
      const wanted = words.map((part) => part.padStart(4, '0')).join('');
      fc.pre(!wanted.startsWith(`${'0'.repeat(20)}ffff`));
      expect(hex(readAddress(text))).toBe(wanted);
    }),
  );
});
