import type { RequestHandler } from 'express';
import type { AppParts } from '../app.ts';
import { uploadTypes } from '../http/upload.ts';
import type { BodyOptions } from '../middleware/body.ts';
import { account, accountUsage } from './account.ts';
import {
  createTenant,
  createTenantKey,
  getTenant,
  listAudit,
  listTenantKeys,
  listTenants,
  revokeAnyKey,
  rotateSigningKey,
  updateTenant,
} from './admin.ts';
import { decideConsents, listConsents } from './consents.ts';
import { eraseAccount, eraseTenant, listErasures } from './erasure.ts';
import { evaluate } from './evaluate.ts';
import { exportAccount } from './export.ts';
import { generate } from './generate.ts';
import {
  cancelJob,
  createJob,
  followJob,
  getJob,
  jobResults,
  listJobs,
  pauseJob,
  resumeJob,
  retryJob,
} from './jobs.ts';
import { createKey, listKeys, revokeKey, rotateKey, updateKey } from './keys.ts';
import { listModels } from './models.ts';
import { issueToken, jwks } from './oauth.ts';
import { placeOnMap, readMap } from './odour-map.ts';
import { openInferenceRoutes } from './open-inference.ts';
import {
  cancelAnyJob,
  discardJob,
  fleetHealth,
  getAnyJob,
  listAllJobs,
  retryAnyJob,
  verifyAudit,
} from './operator.ts';
import { predict } from './predict.ts';
import { embed, mixtures, properties, safety, similar } from './research.ts';
import { classifyArray, createArray, deleteArray, listArrays } from './sensor-arrays.ts';
import { calibrate, listCalibrations } from './sensor-calibrations.ts';
import { readHistory } from './sensor-history.ts';
import { createStreamTicket, redeemTicket, streamReadings } from './sensor-stream.ts';
import {
  classification,
  createDevice,
  deleteDevice,
  getDevice,
  ingestReadings,
  listDevices,
  listReadings,
} from './sensors.ts';
import { beginSession, endSession, showSession } from './session.ts';
import {
  createWebhook,
  deleteWebhook,
  listAllDeliveries,
  listDeliveries,
  listWebhooks,
  redeliver,
  testWebhook,
} from './webhooks.ts';

export interface ApiRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As in the OpenAPI document. */
  readonly pattern: string;
  readonly body?: BodyOptions;
  /** Instead of `body`: bytes that the route reads itself, whatever their type. */
  readonly rawBody?: { readonly maxBytes: number };
  /** Where it differs from the gateway's. */
  readonly timeoutMs?: number;
  /** Runs before the policy. */
  readonly before?: RequestHandler;
  readonly serve: RequestHandler;
}

const small = { maxBytes: 64 * 1024 };
const form = { maxBytes: 8 * 1024, alsoText: ['application/x-www-form-urlencoded'] };
/** 50 SMILES of 1,000 characters, each escaped as JSON might. */
const mixture = { maxBytes: 512 * 1024 };
/** 256 SMILES of 1,000 characters, each escaped as JSON might, and room to spare. */
const molecules = { maxBytes: 2 * 1024 * 1024 };
/** 100,000 SMILES of usual length; a file may have more. */
const job = { maxBytes: 16 * 1024 * 1024, streams: uploadTypes };
const readings = { maxBytes: 16 * 1024 * 1024, alsoText: ['application/x-ndjson', 'application/jsonl'] };

/** 5,000 molecules, each with a label for 138 notes. */
const labelled = { maxBytes: 4 * 1024 * 1024, alsoText: ['text/csv'] };

/** A large file over a thin line. */
const uploadTimeoutMs = 600_000;
const hourMs = 3_600_000;
/** 5,000 molecules take a few seconds on an idle server. */
const evaluateTimeoutMs = 120_000;

/** Every route of the API; the test compares it with the OpenAPI document, which also tells the scope of each. */
export function apiRoutes(parts: AppParts): readonly ApiRoute[] {
  const { sensors } = parts;
  const predictions = predict(parts);
  const generateTimeoutMs = parts.settings.generateTimeoutMs;
  const device = '/api/v1/sensors/devices/{id}';
  return [
    { method: 'post', pattern: '/api/v1/predict', body: molecules, serve: predictions.v1 },
    { method: 'post', pattern: '/api/v2/predict', body: molecules, serve: predictions.v2 },
    { method: 'get', pattern: '/api/v1/models', serve: listModels(parts) },
    { method: 'post', pattern: '/api/v1/research/mixtures', body: mixture, serve: mixtures(parts) },
    { method: 'post', pattern: '/api/v1/research/embed', body: molecules, serve: embed(parts) },
    { method: 'post', pattern: '/api/v1/research/similar', body: mixture, serve: similar(parts) },
    { method: 'get', pattern: '/api/v1/research/map', serve: readMap(parts) },
    { method: 'post', pattern: '/api/v1/research/map', body: mixture, serve: placeOnMap(parts) },
    { method: 'post', pattern: '/api/v1/research/properties', body: molecules, serve: properties(parts) },
    { method: 'post', pattern: '/api/v1/research/safety', body: molecules, serve: safety(parts) },
    {
      method: 'post',
      pattern: '/api/v1/research/evaluate',
      body: labelled,
      timeoutMs: evaluateTimeoutMs,
      serve: evaluate({ ...parts, timeoutMs: evaluateTimeoutMs }),
    },
    {
      method: 'post',
      pattern: '/api/v1/generate',
      body: small,
      timeoutMs: generateTimeoutMs,
      serve: generate({ inference: parts.inference, quotas: parts.quotas, timeoutMs: generateTimeoutMs }),
    },
    {
      method: 'post',
      pattern: '/api/v1/jobs',
      body: job,
      timeoutMs: uploadTimeoutMs,
      serve: createJob(parts),
    },
    { method: 'get', pattern: '/api/v1/jobs', serve: listJobs(parts) },
    { method: 'get', pattern: '/api/v1/jobs/{id}', serve: getJob(parts) },
    { method: 'delete', pattern: '/api/v1/jobs/{id}', serve: cancelJob(parts) },
    { method: 'post', pattern: '/api/v1/jobs/{id}/pause', serve: pauseJob(parts) },
    { method: 'post', pattern: '/api/v1/jobs/{id}/resume', serve: resumeJob(parts) },
    { method: 'post', pattern: '/api/v1/jobs/{id}/retry', serve: retryJob(parts) },
    // A job may take hours, and so may who follows it or fetches a large file over a thin line.
    { method: 'get', pattern: '/api/v1/jobs/{id}/events', timeoutMs: 24 * hourMs, serve: followJob(parts) },
    { method: 'get', pattern: '/api/v1/jobs/{id}/results', timeoutMs: hourMs, serve: jobResults(parts) },
    { method: 'post', pattern: '/api/v1/sensors/devices', body: small, serve: createDevice(sensors) },
    { method: 'get', pattern: '/api/v1/sensors/devices', serve: listDevices(sensors) },
    { method: 'get', pattern: device, serve: getDevice(sensors) },
    { method: 'delete', pattern: device, serve: deleteDevice(sensors) },
    { method: 'post', pattern: `${device}/readings`, body: readings, serve: ingestReadings(sensors) },
    { method: 'get', pattern: `${device}/readings`, serve: listReadings(sensors) },
    { method: 'get', pattern: `${device}/history`, serve: readHistory(sensors) },
    { method: 'post', pattern: `${device}/calibrations`, body: small, serve: calibrate(sensors) },
    { method: 'get', pattern: `${device}/calibrations`, serve: listCalibrations(sensors) },
    { method: 'get', pattern: `${device}/classification`, serve: classification(sensors) },
    {
      method: 'get',
      pattern: `${device}/stream`,
      timeoutMs: 24 * hourMs,
      before: redeemTicket(parts),
      serve: streamReadings(parts),
    },
    { method: 'post', pattern: `${device}/stream-tickets`, serve: createStreamTicket(parts) },
    { method: 'post', pattern: '/api/v1/sensors/arrays', body: small, serve: createArray(sensors) },
    { method: 'get', pattern: '/api/v1/sensors/arrays', serve: listArrays(sensors) },
    { method: 'delete', pattern: '/api/v1/sensors/arrays/{id}', serve: deleteArray(sensors) },
    {
      method: 'get',
      pattern: '/api/v1/sensors/arrays/{id}/classification',
      serve: classifyArray(sensors),
    },
    { method: 'get', pattern: '/api/v1/account', serve: account(parts) },
    { method: 'get', pattern: '/api/v1/account/usage', serve: accountUsage(parts) },
    ...webhookRoutes(parts),
    ...accessRoutes(parts),
    ...operatorRoutes(parts),
    ...openInferenceRoutes(parts),
  ];
}

/** Webhooks of the account and of jobs. */
function webhookRoutes(parts: AppParts): readonly ApiRoute[] {
  const webhook = '/api/v1/webhooks';
  const deliveries = '/api/v1/webhook-deliveries';
  return [
    { method: 'get', pattern: '/api/v1/jobs/{id}/deliveries', serve: listDeliveries(parts) },
    { method: 'post', pattern: webhook, body: small, serve: createWebhook(parts) },
    { method: 'get', pattern: webhook, serve: listWebhooks(parts) },
    { method: 'delete', pattern: `${webhook}/{id}`, serve: deleteWebhook(parts) },
    { method: 'post', pattern: `${webhook}/{id}/test`, serve: testWebhook(parts) },
    { method: 'get', pattern: deliveries, serve: listAllDeliveries(parts) },
    { method: 'post', pattern: `${deliveries}/{id}/redeliver`, serve: redeliver(parts) },
  ];
}

/** The fleet, jobs of all tenants, the audit log's chain. */
function operatorRoutes(parts: AppParts): readonly ApiRoute[] {
  const jobs = '/api/v1/admin/jobs';
  const job = `${jobs}/{id}`;
  return [
    { method: 'get', pattern: '/api/v1/admin/fleet', serve: fleetHealth(parts) },
    { method: 'get', pattern: jobs, serve: listAllJobs(parts) },
    { method: 'get', pattern: job, serve: getAnyJob(parts) },
    { method: 'post', pattern: `${job}/retry`, serve: retryAnyJob(parts) },
    { method: 'post', pattern: `${job}/cancel`, serve: cancelAnyJob(parts) },
    { method: 'delete', pattern: job, serve: discardJob(parts) },
    { method: 'get', pattern: '/api/v1/admin/audit/verification', serve: verifyAudit(parts) },
  ];
}

/** Keys, OAuth clients and tokens, tenants, the audit log. */
function accessRoutes(parts: AppParts): readonly ApiRoute[] {
  const admin = '/api/v1/admin';
  const tenant = `${admin}/tenants/{id}`;
  return [
    ...credentialRoutes(parts, '/api/v1/keys', 'key'),
    ...credentialRoutes(parts, '/api/v1/oauth/clients', 'client'),
    { method: 'post', pattern: '/api/v1/session', body: small, serve: beginSession(parts) },
    { method: 'get', pattern: '/api/v1/session', serve: showSession() },
    { method: 'delete', pattern: '/api/v1/session', serve: endSession(parts) },
    { method: 'post', pattern: '/oauth/token', body: form, serve: issueToken(parts) },
    { method: 'get', pattern: '/.well-known/jwks.json', serve: jwks(parts) },
    { method: 'get', pattern: '/api/v1/account/audit', serve: listAudit(parts, 'own') },
    { method: 'get', pattern: '/api/v1/account/consents', serve: listConsents(parts) },
    { method: 'put', pattern: '/api/v1/account/consents', body: small, serve: decideConsents(parts) },
    { method: 'get', pattern: '/api/v1/account/export', timeoutMs: hourMs, serve: exportAccount(parts) },
    { method: 'delete', pattern: '/api/v1/account', serve: eraseAccount(parts) },
    { method: 'delete', pattern: tenant, serve: eraseTenant(parts) },
    { method: 'get', pattern: `${admin}/erasures`, serve: listErasures(parts) },
    { method: 'post', pattern: `${admin}/tenants`, body: small, serve: createTenant(parts) },
    { method: 'get', pattern: `${admin}/tenants`, serve: listTenants(parts) },
    { method: 'get', pattern: tenant, serve: getTenant(parts) },
    { method: 'patch', pattern: tenant, body: small, serve: updateTenant(parts) },
    { method: 'post', pattern: `${tenant}/keys`, body: small, serve: createTenantKey(parts) },
    { method: 'get', pattern: `${tenant}/keys`, serve: listTenantKeys(parts, 'key') },
    { method: 'get', pattern: `${tenant}/clients`, serve: listTenantKeys(parts, 'client') },
    { method: 'delete', pattern: `${admin}/keys/{id}`, serve: revokeAnyKey(parts) },
    { method: 'post', pattern: `${admin}/signing-keys/rotate`, body: small, serve: rotateSigningKey(parts) },
    { method: 'get', pattern: `${admin}/audit`, serve: listAudit(parts, 'all') },
  ];
}

/** Keys and OAuth clients are managed alike. */
function credentialRoutes(parts: AppParts, pattern: string, kind: 'key' | 'client'): readonly ApiRoute[] {
  const one = `${pattern}/{id}`;
  return [
    { method: 'post', pattern, body: small, serve: createKey(parts, kind) },
    { method: 'get', pattern, serve: listKeys(parts, kind) },
    { method: 'patch', pattern: one, body: small, serve: updateKey(parts, kind) },
    { method: 'post', pattern: `${one}/rotate`, body: small, serve: rotateKey(parts, kind) },
    { method: 'delete', pattern: one, serve: revokeKey(parts, kind) },
  ];
}
