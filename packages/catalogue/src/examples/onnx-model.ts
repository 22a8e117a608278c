/** A linear model as ONNX: twice the first column plus the second. */
import { fromBase64 } from './base64.ts';

export const linearModel: Uint8Array = fromBase64(
  [
    'CAg6jQEKJwoIZmVhdHVyZXMKB3dlaWdodHMSCnByZWRpY3Rpb24iBk1hdE11bBIFZ3JhcGgqGQgCCAEQAUIHd2VpZ2h0c0oIAAAA',
    'QAAAgD9aHgoIZmVhdHVyZXMSEgoQCAESDAoGEgRyb3dzCgIIAmIgCgpwcmVkaWN0aW9uEhIKEAgBEgwKBhIEcm93cwoCCAFCAhAN',
  ].join(''),
);
