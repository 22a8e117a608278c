export { BlobStore } from './blobs.ts';
export { countWholeBlobs } from './check-blobs.ts';
export { storageService } from './key-value.ts';
export { handleBlob } from './routes.ts';
export { type Aside, measureAside, removeAside, type SetAside } from './set-aside.ts';
