export {
  emptyReport,
  reportExtension,
  type TeaclaveCertificateOptions,
  type TeaclaveReport,
  teaclaveCertificate,
} from './certificate.ts';
export { type ReportServiceOptions, reportService } from './report-client.ts';
