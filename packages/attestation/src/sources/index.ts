/** Where endorsements come from. The core never asks for them: what a source returns is given to `verify`. */
export { classifyEndorsements } from './classify.ts';
