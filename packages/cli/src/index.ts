/** The command line as a function: `main(process.argv.slice(2))`. */
export { ExitCode } from './exit-codes.ts';
export { main } from './main.ts';
