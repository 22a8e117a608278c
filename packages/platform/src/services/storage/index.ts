export { type BlobOptions, BlobStore } from './blobs.ts';
export { storageRoutes } from './key-value.ts';
export { handleBlob } from './routes.ts';
