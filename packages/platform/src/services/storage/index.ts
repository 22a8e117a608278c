export { type BlobOptions, BlobStore, blobLimits } from './blobs.ts';
export { storageRoutes } from './key-value.ts';
export { handleBlob } from './routes.ts';
