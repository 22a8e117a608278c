/** What a URL says about where to connect. IPv6 addresses stand in brackets there, and nowhere else. */
export function hostAndPort(url: URL): { readonly host: string; readonly port: number } {
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) };
}
