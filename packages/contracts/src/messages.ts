/** The messages of the protos: `X` as it is sent, `X__Output` as it arrives with every field present. */

export type { DataType as OipDataType } from './generated/inference/DataType.ts';
export type { InferParameter, InferParameter__Output } from './generated/inference/InferParameter.ts';
export type { ModelConfig, ModelConfig__Output } from './generated/inference/ModelConfig.ts';
export type {
  _inference_ModelInferRequest_InferInputTensor as InferInputTensor,
  ModelInferRequest,
  ModelInferRequest__Output,
} from './generated/inference/ModelInferRequest.ts';
export type {
  _inference_ModelInferResponse_InferOutputTensor as InferOutputTensor,
  ModelInferResponse,
  ModelInferResponse__Output,
} from './generated/inference/ModelInferResponse.ts';
export type { ModelStatistics as ModelStatisticsMessage } from './generated/inference/ModelStatistics.ts';
export type { Actor, Actor__Output } from './generated/sillage/auth/v1/Actor.ts';
export type { AuditEntry, AuditEntry__Output } from './generated/sillage/auth/v1/AuditEntry.ts';
export type { AuditOutcome, AuditOutcome__Output } from './generated/sillage/auth/v1/AuditOutcome.ts';
export type {
  CheckClientRequest,
  CheckClientRequest__Output,
} from './generated/sillage/auth/v1/CheckClientRequest.ts';
export type {
  CheckClientResponse,
  CheckClientResponse__Output,
} from './generated/sillage/auth/v1/CheckClientResponse.ts';
export type { Consent, Consent__Output } from './generated/sillage/auth/v1/Consent.ts';
export type {
  CreateKeyRequest,
  CreateKeyRequest__Output,
} from './generated/sillage/auth/v1/CreateKeyRequest.ts';
export type {
  CreateKeyResponse,
  CreateKeyResponse__Output,
} from './generated/sillage/auth/v1/CreateKeyResponse.ts';
export type {
  CreateTenantRequest,
  CreateTenantRequest__Output,
} from './generated/sillage/auth/v1/CreateTenantRequest.ts';
export type {
  CreateTenantResponse,
  CreateTenantResponse__Output,
} from './generated/sillage/auth/v1/CreateTenantResponse.ts';
export type {
  DecideConsentsRequest,
  DecideConsentsRequest__Output,
} from './generated/sillage/auth/v1/DecideConsentsRequest.ts';
export type {
  DecideConsentsResponse,
  DecideConsentsResponse__Output,
} from './generated/sillage/auth/v1/DecideConsentsResponse.ts';
export type { Erasure, Erasure__Output } from './generated/sillage/auth/v1/Erasure.ts';
export type {
  GetSigningKeysRequest,
  GetSigningKeysRequest__Output,
} from './generated/sillage/auth/v1/GetSigningKeysRequest.ts';
export type {
  GetSigningKeysResponse,
  GetSigningKeysResponse__Output,
} from './generated/sillage/auth/v1/GetSigningKeysResponse.ts';
export type {
  GetTenantRequest,
  GetTenantRequest__Output,
} from './generated/sillage/auth/v1/GetTenantRequest.ts';
export type {
  GetTenantResponse,
  GetTenantResponse__Output,
} from './generated/sillage/auth/v1/GetTenantResponse.ts';
export type {
  IssueTokenRequest,
  IssueTokenRequest__Output,
} from './generated/sillage/auth/v1/IssueTokenRequest.ts';
export type {
  IssueTokenResponse,
  IssueTokenResponse__Output,
} from './generated/sillage/auth/v1/IssueTokenResponse.ts';
export type { Key, Key__Output } from './generated/sillage/auth/v1/Key.ts';
export type { KeyKind, KeyKind__Output } from './generated/sillage/auth/v1/KeyKind.ts';
export type {
  ListAuditRequest,
  ListAuditRequest__Output,
} from './generated/sillage/auth/v1/ListAuditRequest.ts';
export type {
  ListAuditResponse,
  ListAuditResponse__Output,
} from './generated/sillage/auth/v1/ListAuditResponse.ts';
export type {
  ListConsentsRequest,
  ListConsentsRequest__Output,
} from './generated/sillage/auth/v1/ListConsentsRequest.ts';
export type {
  ListConsentsResponse,
  ListConsentsResponse__Output,
} from './generated/sillage/auth/v1/ListConsentsResponse.ts';
export type {
  ListKeysRequest,
  ListKeysRequest__Output,
} from './generated/sillage/auth/v1/ListKeysRequest.ts';
export type {
  ListKeysResponse,
  ListKeysResponse__Output,
} from './generated/sillage/auth/v1/ListKeysResponse.ts';
export type {
  ListTenantsRequest,
  ListTenantsRequest__Output,
} from './generated/sillage/auth/v1/ListTenantsRequest.ts';
export type {
  ListTenantsResponse,
  ListTenantsResponse__Output,
} from './generated/sillage/auth/v1/ListTenantsResponse.ts';
export type {
  ListUsageRequest,
  ListUsageRequest__Output,
} from './generated/sillage/auth/v1/ListUsageRequest.ts';
export type {
  ListUsageResponse,
  ListUsageResponse__Output,
} from './generated/sillage/auth/v1/ListUsageResponse.ts';
export type { QuotaState, QuotaState__Output } from './generated/sillage/auth/v1/QuotaState.ts';
export type {
  RecordAuditRequest,
  RecordAuditRequest__Output,
} from './generated/sillage/auth/v1/RecordAuditRequest.ts';
export type {
  RecordAuditResponse,
  RecordAuditResponse__Output,
} from './generated/sillage/auth/v1/RecordAuditResponse.ts';
export type {
  RevokeKeyRequest,
  RevokeKeyRequest__Output,
} from './generated/sillage/auth/v1/RevokeKeyRequest.ts';
export type {
  RevokeKeyResponse,
  RevokeKeyResponse__Output,
} from './generated/sillage/auth/v1/RevokeKeyResponse.ts';
export type {
  RotateKeyRequest,
  RotateKeyRequest__Output,
} from './generated/sillage/auth/v1/RotateKeyRequest.ts';
export type {
  RotateKeyResponse,
  RotateKeyResponse__Output,
} from './generated/sillage/auth/v1/RotateKeyResponse.ts';
export type {
  RotateSigningKeyRequest,
  RotateSigningKeyRequest__Output,
} from './generated/sillage/auth/v1/RotateSigningKeyRequest.ts';
export type {
  RotateSigningKeyResponse,
  RotateSigningKeyResponse__Output,
} from './generated/sillage/auth/v1/RotateSigningKeyResponse.ts';
export type { SigningKey, SigningKey__Output } from './generated/sillage/auth/v1/SigningKey.ts';
export type { Strings, Strings__Output } from './generated/sillage/auth/v1/Strings.ts';
export type { Tenant, Tenant__Output } from './generated/sillage/auth/v1/Tenant.ts';
export type { Tier, Tier__Output } from './generated/sillage/auth/v1/Tier.ts';
export type { TokenRefusal, TokenRefusal__Output } from './generated/sillage/auth/v1/TokenRefusal.ts';
export type {
  UpdateKeyRequest,
  UpdateKeyRequest__Output,
} from './generated/sillage/auth/v1/UpdateKeyRequest.ts';
export type {
  UpdateKeyResponse,
  UpdateKeyResponse__Output,
} from './generated/sillage/auth/v1/UpdateKeyResponse.ts';
export type {
  UpdateTenantRequest,
  UpdateTenantRequest__Output,
} from './generated/sillage/auth/v1/UpdateTenantRequest.ts';
export type {
  UpdateTenantResponse,
  UpdateTenantResponse__Output,
} from './generated/sillage/auth/v1/UpdateTenantResponse.ts';
export type { UsageGroup, UsageGroup__Output } from './generated/sillage/auth/v1/UsageGroup.ts';
export type { UsageRow, UsageRow__Output } from './generated/sillage/auth/v1/UsageRow.ts';
export type { Verdict, Verdict__Output } from './generated/sillage/auth/v1/Verdict.ts';
export type {
  VerifyKeyRequest,
  VerifyKeyRequest__Output,
} from './generated/sillage/auth/v1/VerifyKeyRequest.ts';
export type {
  VerifyKeyResponse,
  VerifyKeyResponse__Output,
} from './generated/sillage/auth/v1/VerifyKeyResponse.ts';
export type { Attribution, Attribution__Output } from './generated/sillage/inference/v1/Attribution.ts';
export type {
  ClassifyRequest,
  ClassifyRequest__Output,
} from './generated/sillage/inference/v1/ClassifyRequest.ts';
export type {
  ClassifyResponse,
  ClassifyResponse__Output,
} from './generated/sillage/inference/v1/ClassifyResponse.ts';
export type { Constraints, Constraints__Output } from './generated/sillage/inference/v1/Constraints.ts';
export type {
  DescribeMoleculesRequest,
  DescribeMoleculesRequest__Output,
} from './generated/sillage/inference/v1/DescribeMoleculesRequest.ts';
export type {
  DescribeMoleculesResponse,
  DescribeMoleculesResponse__Output,
} from './generated/sillage/inference/v1/DescribeMoleculesResponse.ts';
export type {
  DrawMolblocksRequest,
  DrawMolblocksRequest__Output,
} from './generated/sillage/inference/v1/DrawMolblocksRequest.ts';
export type {
  DrawMolblocksResponse,
  DrawMolblocksResponse__Output,
} from './generated/sillage/inference/v1/DrawMolblocksResponse.ts';
export type {
  EvaluateFailure,
  EvaluateFailure__Output,
} from './generated/sillage/inference/v1/EvaluateFailure.ts';
export type {
  EvaluateRequest,
  EvaluateRequest__Output,
} from './generated/sillage/inference/v1/EvaluateRequest.ts';
export type {
  EvaluateResponse,
  EvaluateResponse__Output,
} from './generated/sillage/inference/v1/EvaluateResponse.ts';
export type { Figure, Figure__Output } from './generated/sillage/inference/v1/Figure.ts';
export type {
  FindSimilarRequest,
  FindSimilarRequest__Output,
} from './generated/sillage/inference/v1/FindSimilarRequest.ts';
export type {
  FindSimilarResponse,
  FindSimilarResponse__Output,
} from './generated/sillage/inference/v1/FindSimilarResponse.ts';
export type {
  GeneratedMolecule,
  GeneratedMolecule__Output,
} from './generated/sillage/inference/v1/GeneratedMolecule.ts';
export type {
  GenerateFinished,
  GenerateFinished__Output,
} from './generated/sillage/inference/v1/GenerateFinished.ts';
export type {
  GenerateProgress,
  GenerateProgress__Output,
} from './generated/sillage/inference/v1/GenerateProgress.ts';
export type {
  GenerateRequest,
  GenerateRequest__Output,
} from './generated/sillage/inference/v1/GenerateRequest.ts';
export type {
  GenerateResponse,
  GenerateResponse__Output,
} from './generated/sillage/inference/v1/GenerateResponse.ts';
export type {
  GenerateStarted,
  GenerateStarted__Output,
} from './generated/sillage/inference/v1/GenerateStarted.ts';
export type { Include, Include__Output } from './generated/sillage/inference/v1/Include.ts';
export type {
  ListModelsRequest,
  ListModelsRequest__Output,
} from './generated/sillage/inference/v1/ListModelsRequest.ts';
export type {
  ListModelsResponse,
  ListModelsResponse__Output,
} from './generated/sillage/inference/v1/ListModelsResponse.ts';
export type { MapMethod, MapMethod__Output } from './generated/sillage/inference/v1/MapMethod.ts';
export type { MapPlace, MapPlace__Output } from './generated/sillage/inference/v1/MapPlace.ts';
export type { MapPoint, MapPoint__Output } from './generated/sillage/inference/v1/MapPoint.ts';
export type { MapRegion, MapRegion__Output } from './generated/sillage/inference/v1/MapRegion.ts';
export type {
  MixtureComponent,
  MixtureComponent__Output,
} from './generated/sillage/inference/v1/MixtureComponent.ts';
export type { MixtureMethod, MixtureMethod__Output } from './generated/sillage/inference/v1/MixtureMethod.ts';
export type { MixtureShare, MixtureShare__Output } from './generated/sillage/inference/v1/MixtureShare.ts';
export type { Model, Model__Output } from './generated/sillage/inference/v1/Model.ts';
export type { ModelRef, ModelRef__Output } from './generated/sillage/inference/v1/ModelRef.ts';
export type {
  MolecularProperties,
  MolecularProperties__Output,
} from './generated/sillage/inference/v1/MolecularProperties.ts';
export type { MoleculeRow, MoleculeRow__Output } from './generated/sillage/inference/v1/MoleculeRow.ts';
export type { NoteMetrics, NoteMetrics__Output } from './generated/sillage/inference/v1/NoteMetrics.ts';
export type { Prediction, Prediction__Output } from './generated/sillage/inference/v1/Prediction.ts';
export type { PredictionRow, PredictionRow__Output } from './generated/sillage/inference/v1/PredictionRow.ts';
export type {
  PredictMixtureRequest,
  PredictMixtureRequest__Output,
} from './generated/sillage/inference/v1/PredictMixtureRequest.ts';
export type {
  PredictMixtureResponse,
  PredictMixtureResponse__Output,
} from './generated/sillage/inference/v1/PredictMixtureResponse.ts';
export type {
  PredictRequest,
  PredictRequest__Output,
} from './generated/sillage/inference/v1/PredictRequest.ts';
export type {
  PredictResponse,
  PredictResponse__Output,
} from './generated/sillage/inference/v1/PredictResponse.ts';
export type {
  ReadMapRequest,
  ReadMapRequest__Output,
} from './generated/sillage/inference/v1/ReadMapRequest.ts';
export type {
  ReadMapResponse,
  ReadMapResponse__Output,
} from './generated/sillage/inference/v1/ReadMapResponse.ts';
export type { RowError, RowError__Output } from './generated/sillage/inference/v1/RowError.ts';
export type { SafetyFlag, SafetyFlag__Output } from './generated/sillage/inference/v1/SafetyFlag.ts';
export type { SafetyReport, SafetyReport__Output } from './generated/sillage/inference/v1/SafetyReport.ts';
export type { SimilarFilter, SimilarFilter__Output } from './generated/sillage/inference/v1/SimilarFilter.ts';
export type {
  SimilarOdorant,
  SimilarOdorant__Output,
} from './generated/sillage/inference/v1/SimilarOdorant.ts';
export type { SimilarRow, SimilarRow__Output } from './generated/sillage/inference/v1/SimilarRow.ts';
export type { Timing, Timing__Output } from './generated/sillage/inference/v1/Timing.ts';
export type { Warning, Warning__Output } from './generated/sillage/inference/v1/Warning.ts';
export type {
  ArrayMember,
  ArrayMember__Output,
} from './generated/sillage/sensors/v1/ArrayMember.ts';
export type {
  CalibrateRequest,
  CalibrateRequest__Output,
} from './generated/sillage/sensors/v1/CalibrateRequest.ts';
export type {
  CalibrateResponse,
  CalibrateResponse__Output,
} from './generated/sillage/sensors/v1/CalibrateResponse.ts';
export type { Calibration, Calibration__Output } from './generated/sillage/sensors/v1/Calibration.ts';
export type {
  CalibrationState,
  CalibrationState__Output,
} from './generated/sillage/sensors/v1/CalibrationState.ts';
export type {
  ClassificationStatus,
  ClassificationStatus__Output,
} from './generated/sillage/sensors/v1/ClassificationStatus.ts';
export type {
  ClassifyArrayRequest,
  ClassifyArrayRequest__Output,
} from './generated/sillage/sensors/v1/ClassifyArrayRequest.ts';
export type {
  ClassifyArrayResponse,
  ClassifyArrayResponse__Output,
} from './generated/sillage/sensors/v1/ClassifyArrayResponse.ts';
export type {
  CreateArrayRequest,
  CreateArrayRequest__Output,
} from './generated/sillage/sensors/v1/CreateArrayRequest.ts';
export type {
  CreateArrayResponse,
  CreateArrayResponse__Output,
} from './generated/sillage/sensors/v1/CreateArrayResponse.ts';
export type {
  CreateDeviceRequest,
  CreateDeviceRequest__Output,
} from './generated/sillage/sensors/v1/CreateDeviceRequest.ts';
export type {
  CreateDeviceResponse,
  CreateDeviceResponse__Output,
} from './generated/sillage/sensors/v1/CreateDeviceResponse.ts';
export type {
  DeleteDeviceRequest,
  DeleteDeviceRequest__Output,
} from './generated/sillage/sensors/v1/DeleteDeviceRequest.ts';
export type {
  DeleteDeviceResponse,
  DeleteDeviceResponse__Output,
} from './generated/sillage/sensors/v1/DeleteDeviceResponse.ts';
export type { Device, Device__Output } from './generated/sillage/sensors/v1/Device.ts';
export type { DeviceState, DeviceState__Output } from './generated/sillage/sensors/v1/DeviceState.ts';
export type { Drift, Drift__Output } from './generated/sillage/sensors/v1/Drift.ts';
export type {
  GetClassificationRequest,
  GetClassificationRequest__Output,
} from './generated/sillage/sensors/v1/GetClassificationRequest.ts';
export type {
  GetClassificationResponse,
  GetClassificationResponse__Output,
} from './generated/sillage/sensors/v1/GetClassificationResponse.ts';
export type {
  GetDeviceRequest,
  GetDeviceRequest__Output,
} from './generated/sillage/sensors/v1/GetDeviceRequest.ts';
export type {
  GetDeviceResponse,
  GetDeviceResponse__Output,
} from './generated/sillage/sensors/v1/GetDeviceResponse.ts';
export type {
  GetHistoryRequest,
  GetHistoryRequest__Output,
} from './generated/sillage/sensors/v1/GetHistoryRequest.ts';
export type {
  GetHistoryResponse,
  GetHistoryResponse__Output,
} from './generated/sillage/sensors/v1/GetHistoryResponse.ts';
export type {
  GetStreamRequest,
  GetStreamRequest__Output,
} from './generated/sillage/sensors/v1/GetStreamRequest.ts';
export type {
  GetStreamResponse,
  GetStreamResponse__Output,
} from './generated/sillage/sensors/v1/GetStreamResponse.ts';
export type {
  IngestReadingsRequest,
  IngestReadingsRequest__Output,
} from './generated/sillage/sensors/v1/IngestReadingsRequest.ts';
export type {
  IngestReadingsResponse,
  IngestReadingsResponse__Output,
} from './generated/sillage/sensors/v1/IngestReadingsResponse.ts';
export type {
  ListCalibrationsRequest,
  ListCalibrationsRequest__Output,
} from './generated/sillage/sensors/v1/ListCalibrationsRequest.ts';
export type {
  ListCalibrationsResponse,
  ListCalibrationsResponse__Output,
} from './generated/sillage/sensors/v1/ListCalibrationsResponse.ts';
export type {
  ListDevicesRequest,
  ListDevicesRequest__Output,
} from './generated/sillage/sensors/v1/ListDevicesRequest.ts';
export type {
  ListDevicesResponse,
  ListDevicesResponse__Output,
} from './generated/sillage/sensors/v1/ListDevicesResponse.ts';
export type {
  ListReadingsRequest,
  ListReadingsRequest__Output,
} from './generated/sillage/sensors/v1/ListReadingsRequest.ts';
export type {
  ListReadingsResponse,
  ListReadingsResponse__Output,
} from './generated/sillage/sensors/v1/ListReadingsResponse.ts';
export type {
  QualityFinding,
  QualityFinding__Output,
} from './generated/sillage/sensors/v1/QualityFinding.ts';
export type { ReadingBlock, ReadingBlock__Output } from './generated/sillage/sensors/v1/ReadingBlock.ts';
export type {
  SensorArray,
  SensorArray__Output,
} from './generated/sillage/sensors/v1/SensorArray.ts';
export type {
  StreamReadingsRequest,
  StreamReadingsRequest__Output,
} from './generated/sillage/sensors/v1/StreamReadingsRequest.ts';
export type {
  StreamReadingsResponse,
  StreamReadingsResponse__Output,
} from './generated/sillage/sensors/v1/StreamReadingsResponse.ts';
