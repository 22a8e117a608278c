/** The command line as a function: `main(process.argv.slice(2))`. */
export { exitCodes } from './exit-codes.ts';
export { main } from './main.ts';
