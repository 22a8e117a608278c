export { type BlobOptions, BlobStore, blobLimits } from './blobs.ts';
export { handleBlob } from './routes.ts';
