export { type Anchor, AnchorError, type AnchoredState, type AnchorKind, anchorKinds } from './anchor.ts';
export { fileAnchor } from './file.ts';
export { type TpmAnchor, tpmAnchor } from './tpm.ts';
export { tpmAnchorProblem } from './tpm-check.ts';
