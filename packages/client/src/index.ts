export { Sillage } from './client.ts';
export { type ClientCredentials, clientCredentials } from './client-credentials.ts';
export {
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  type FieldError,
  InvalidRequestError,
  NotFoundError,
  NotUnderstoodError,
  PermissionError,
  type Problem,
  QuotaError,
  RateLimitError,
  ServerError,
  SillageError,
  TimeoutError,
  UnavailableError,
  UnexpectedAnswerError,
} from './errors.ts';
export { apiVersion, type components, type operations, type paths } from './generated/api.ts';
export type { DeprecationNotice } from './http/deprecation.ts';
export type { AnswerOf, BodyOf, CallParts, Method, Path, QueryOf } from './http/typed.ts';
export type { CallOptions, IdempotentOptions, SillageOptions, TextSource } from './options.ts';
export { Listing, type Page } from './pages.ts';
export type { Account, AuditEntry, ExportLine } from './resources/account.ts';
export type { Admin, AdminJob, AuditVerification, Fleet, Tenant } from './resources/admin.ts';
export type {
  CreatedKey,
  CreateKeyRequest,
  Credentials,
  Key,
  UpdateKeyRequest,
} from './resources/credentials.ts';
export type {
  Candidate,
  GenerateEvent,
  GenerateRequest,
  GenerateResponse,
  Molecule,
} from './resources/generate.ts';
export {
  type CreateJobRequest,
  type DownloadOptions,
  type Job,
  type JobEvent,
  type JobRow,
  type Jobs,
  type MoleculeFileType,
  type ResultFormat,
  ResultsChangedError,
  type StreamOptions,
  type UploadQuery,
} from './resources/jobs.ts';
export {
  type FailedRow,
  isFailedRow,
  type Prediction,
  type PredictManyOptions,
  type PredictQuestion,
  type PredictRequest,
  type PredictResponse,
  type PredictRow,
} from './resources/predict.ts';
export type { MapPoint, Research } from './resources/research.ts';
export type {
  Calibrated,
  CalibrateRequest,
  Calibration,
  Classification,
  Device,
  Ingested,
  SensorArray,
  SensorArrayClassification,
  SensorHistory,
  Sensors,
} from './resources/sensors.ts';
export type {
  CreatedWebhook,
  DeliveryFilter,
  Webhook,
  WebhookDelivery,
  Webhooks,
} from './resources/webhooks.ts';
export {
  type Reading,
  type SensorStream,
  type SensorStreamOptions,
  type StreamAck,
  StreamClosedError,
  type StreamEvent,
  type StreamState,
} from './sensor-stream.ts';
