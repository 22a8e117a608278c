export { type BlobOptions, blobLimits, BlobStore } from './blobs.ts';
export { handleBlob } from './routes.ts';
