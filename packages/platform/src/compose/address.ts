/** Where a server listens, and how its clients name it. */
export const LOCAL = '127.0.0.1';
export const EVERYWHERE = '0.0.0.0';

/** As in URLs that are shown: certificates are for `localhost` in every case. */
export const hostName = (host: string): string =>
  host === EVERYWHERE || host === LOCAL ? 'localhost' : host;
