const LENGTH = 40;

/** A stranger's name in a message: quoted, and short. */
export const shown = (name: string): string =>
  JSON.stringify(name.length > LENGTH ? `${name.slice(0, LENGTH)}...` : name);
