export { type Anchor, AnchorError, type AnchoredState, type AnchorKind, anchorKinds } from './anchor.ts';
export { fileAnchor } from './file.ts';
