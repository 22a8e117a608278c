// What tests/ compares with and is driven by is installed before its first test. Where that fails, tests that want it skip and say so, or fail (tests/support/peers.ts).
import { install } from '../install.mjs';

export default function setup() {
  install(['tests']);
}
