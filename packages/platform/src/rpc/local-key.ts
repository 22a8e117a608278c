import type { TLSSocket } from 'node:tls';
import { createContextKey } from '@connectrpc/connect';

/** Our end of the connection that a call came over. */
export const localKey = createContextKey<TLSSocket | undefined>(undefined, { description: 'connection' });
