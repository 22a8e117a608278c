export { SecretMemoryError } from './arena.ts';
export { Key128, Key256, Mac128, Mac256, P256PrivateKey, P256SharedKey } from './keys.ts';
export {
  type GuardedLayout,
  guardedLayout,
  LayoutError,
  type SecretRange,
  type Structure,
} from './layout.ts';
export { SecretBytes } from './secret-bytes.ts';
