/**
 * For `import('PACKAGE').catch(without('PACKAGE'))`, where tests/package.json has the package: without it the file says what is skipped.
 *
 * @throws the same error where tests must not vanish: `.ci/run` sets GAIWAN_PEERS=required
 */
export const without =
  (name: string) =>
  (error: unknown): undefined => {
    if (process.env['GAIWAN_PEERS'] === 'required') throw error;
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    console.warn(`SKIPPED: ${name} is not there, or has no build for this machine: ${why}`);
  };
