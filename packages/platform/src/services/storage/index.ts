export { BlobStore } from './blobs.ts';
export { storageService } from './key-value.ts';
export { handleBlob } from './routes.ts';
