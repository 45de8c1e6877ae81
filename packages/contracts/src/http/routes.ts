import { z } from 'zod';
import { accessRoutes } from './access-routes.ts';
import { accountSchema, usageQuerySchema, usageSchema } from './account.ts';
import { evaluateQuerySchema, evaluateRequestSchema, evaluateResponseSchema } from './evaluate.ts';
import { generateRequestSchema, generateResponseSchema } from './generate.ts';
import {
  createJobSchema,
  generateResultLineSchema,
  jobListSchema,
  jobResultsQuerySchema,
  jobSchema,
  listJobsQuerySchema,
  predictResultLineSchema,
  uploadFormSchema,
  uploadJobQuerySchema,
} from './jobs.ts';
import { modelListSchema } from './models.ts';
import {
  propertiesRequestSchema,
  propertiesResponseSchema,
  safetyRequestSchema,
  safetyResponseSchema,
} from './molecules.ts';
import { mapQuerySchema, mapResponseSchema, placeRequestSchema, placeResponseSchema } from './odour-map.ts';
import { openInferenceRoutes } from './open-inference-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { predictRequestSchema, predictResponseSchema } from './predict.ts';
import { predictV2RequestSchema, predictV2ResponseSchema } from './predict-v2.ts';
import { mixtureRequestSchema, mixtureResponseSchema } from './research.ts';
import type { RouteScope } from './scopes.ts';
import {
  arrayClassificationSchema,
  classifyArrayQuerySchema,
  createArraySchema,
  sensorArrayListSchema,
  sensorArraySchema,
} from './sensor-arrays.ts';
import {
  calibratedSchema,
  calibrateSchema,
  calibrationListSchema,
  listCalibrationsQuerySchema,
} from './sensor-calibrations.ts';
import { historyQuerySchema, historySchema } from './sensor-history.ts';
import {
  streamEventSchema,
  streamQuerySchema,
  streamRequestSchema,
  streamTicketSchema,
} from './sensor-stream.ts';
import {
  classificationQuerySchema,
  classificationSchema,
  createDeviceSchema,
  deviceDetailsSchema,
  deviceListSchema,
  deviceSchema,
  ingestedSchema,
  ingestReadingsSchema,
  listDevicesQuerySchema,
  listReadingsQuerySchema,
  readingListSchema,
  readingSchema,
} from './sensors.ts';
import {
  embedRequestSchema,
  embedResponseSchema,
  similarRequestSchema,
  similarResponseSchema,
} from './similar.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** A route that is on its way out. */
export interface Deprecation {
  /** Day since when, UTC, such as 2027-01-01. */
  readonly since: string;
  /** Day from which it may be gone. */
  readonly sunset?: string;
  /** Path of what takes its place. */
  readonly successor?: string;
}

/** One route of the public API, as it is documented. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What the caller's credential must be good for; the gateway asks it before the route runs. */
  readonly scope: RouteScope;
  readonly description?: string;
  readonly deprecated?: Deprecation;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** Errors in the form of the Open Inference Protocol instead of RFC 9457's. */
  readonly protocol?: 'open-inference';
  readonly body?: z.ZodType;
  readonly isBodyOptional?: boolean;
  /** Further forms of the body by content type; the value says what a line or event of it holds. */
  readonly bodyAlso?: Readonly<Record<string, z.ZodType | undefined>>;
  readonly status?: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  readonly answerAlso?: Readonly<Record<string, z.ZodType | undefined>>;
  /** Errors beside those every route has. */
  readonly errors?: readonly (keyof typeof errorTexts)[];
  /** The route is a WebSocket: its answer is 101, and then messages of these forms. */
  readonly messages?: { readonly client: z.ZodType; readonly server: z.ZodType };
  /** Errors that may come as JSON of another form than a problem. */
  readonly errorForms?: Readonly<Partial<Record<keyof typeof errorTexts, z.ZodType>>>;
}

/** What each status means on any route. */
export const errorTexts = {
  400: 'A field is wrong; `errors` says which and what would be right.',
  401: 'No credential, or one that does not hold.',
  403: 'The credential lacks the scope that `scope` names.',
  404: 'No such thing, or another tenant’s.',
  408: 'The body came too slowly.',
  409: 'It clashes with what is there.',
  413: 'More than the documented limit.',
  415: 'A content type that is not read here.',
  416: 'The file ends before this range.',
  422: 'Nothing in the description says anything about smell.',
  426: 'This route speaks WebSocket: ask for an upgrade.',
  429: 'The limit of this key or address is reached, or the tenant’s quota is used up; see Retry-After.',
  431: 'The headers are larger than 16 KB.',
  503: 'Not available at the moment; see Retry-After.',
} as const;

/** Before every path. */
export const api = '/api/v1';

/** Every route; the gateway's test compares it with what is served. */
export const routes: readonly Route[] = [
  {
    method: 'post',
    path: `${api}/predict`,
    tag: 'Predict',
    scope: 'predict',
    summary: 'What does this molecule smell of?',
    description: 'One SMILES or up to 256. In a list a bad molecule fails its own row.',
    body: predictRequestSchema,
    answer: predictResponseSchema,
    errors: [404],
  },
  {
    method: 'post',
    path: '/api/v2/predict',
    tag: 'Predict',
    scope: 'predict',
    summary: 'What do these molecules smell of? Each by the name you give it',
    description: 'Up to 256 molecules, always as a list; one that is wrong fails its own row.',
    body: predictV2RequestSchema,
    answer: predictV2ResponseSchema,
    errors: [404],
  },
  {
    method: 'get',
    path: `${api}/models`,
    tag: 'Predict',
    scope: 'any',
    description: 'Those that the credential may use.',
    summary: 'Lists the models that are loaded',
    answer: modelListSchema,
  },
  {
    method: 'post',
    path: `${api}/research/mixtures`,
    tag: 'Research',
    scope: 'research',
    summary: 'What does this blend smell of?',
    description:
      'Notes of a blend from its components and their proportions. A component that cannot be used fails the request and is named.',
    body: mixtureRequestSchema,
    answer: mixtureResponseSchema,
    errors: [404],
  },
  {
    method: 'post',
    path: `${api}/research/embed`,
    tag: 'Research',
    scope: 'research',
    summary: 'Where is this molecule on the odour map?',
    description:
      'The embedding of one SMILES or up to 256: molecules near to each other smell alike. In a list a bad molecule fails its own row.',
    body: embedRequestSchema,
    answer: embedResponseSchema,
    errors: [404],
  },
  {
    method: 'post',
    path: `${api}/research/similar`,
    tag: 'Research',
    scope: 'research',
    summary: 'Which known odorants are near?',
    description:
      'An exact search over all known odorants, by molecule or by embedding, with conditions on what is found. In a list a bad molecule fails its own row.',
    body: similarRequestSchema,
    answer: similarResponseSchema,
    errors: [404],
  },
  {
    method: 'get',
    path: `${api}/research/map`,
    tag: 'Research',
    scope: 'research',
    summary: 'The odour map on a plane',
    description: 'Known odorants with their places, names and notes, by region and note, in pages.',
    query: mapQuerySchema,
    answer: mapResponseSchema,
    errors: [400, 404],
  },
  {
    method: 'post',
    path: `${api}/research/map`,
    tag: 'Research',
    scope: 'research',
    summary: 'Where on the plane do these molecules go?',
    description:
      'A known odorant stands at its own place; a new molecule goes among its nearest known odorants. In a list a bad molecule fails its own row.',
    body: placeRequestSchema,
    answer: placeResponseSchema,
    errors: [404],
  },
  {
    method: 'post',
    path: `${api}/research/properties`,
    tag: 'Research',
    scope: 'research',
    summary: 'Formula, weight, log P and other properties',
    description: 'Of one SMILES or up to 256. In a list a bad molecule fails its own row.',
    body: propertiesRequestSchema,
    answer: propertiesResponseSchema,
  },
  {
    method: 'post',
    path: `${api}/research/safety`,
    tag: 'Research',
    scope: 'research',
    summary: 'Which safety rules does it meet?',
    description:
      'Structural alerts and lists, each with its severity and source, for one SMILES or up to 256. In a list a bad molecule fails its own row.',
    body: safetyRequestSchema,
    answer: safetyResponseSchema,
  },
  {
    method: 'post',
    path: `${api}/research/evaluate`,
    tag: 'Research',
    scope: 'research',
    summary: 'How well does a model agree with my labels?',
    description:
      'Up to 5,000 molecules with the notes they have, as JSON or as CSV: columns smiles and notes (by semicolons), or smiles and a column for each note with 1, 0 or nothing where it was not judged. A molecule that cannot be used is told and left out.',
    query: evaluateQuerySchema,
    body: evaluateRequestSchema,
    bodyAlso: { 'text/csv': undefined },
    answer: evaluateResponseSchema,
    errors: [404],
  },
  {
    method: 'post',
    path: `${api}/generate`,
    tag: 'Generate',
    scope: 'generate',
    summary: 'Which molecule would smell of this?',
    description:
      'With `Accept: text/event-stream` the answer comes as events while it is made: started, progress, molecule, finished, or error.',
    body: generateRequestSchema,
    answer: generateResponseSchema,
    answerAlso: { 'text/event-stream': undefined },
    errors: [422],
  },
  {
    method: 'post',
    path: `${api}/jobs`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Starts a batch job',
    description:
      'A job as JSON, or a prediction of up to 1,000,000 molecules in a CSV or SMILES file, as the body or as the one file of a form; the query is for files. With an Idempotency-Key the same request may be sent again within 24 hours: it finds the job it made. The same key with another request is a conflict.',
    headers: z.object({
      'Idempotency-Key': z
        .string()
        .max(200)
        .optional()
        .meta({ description: 'Up to 200 characters of your choice.' }),
    }),
    query: uploadJobQuerySchema,
    body: createJobSchema,
    bodyAlso: {
      'text/csv': undefined,
      'text/tab-separated-values': undefined,
      'chemical/x-daylight-smiles': undefined,
      'multipart/form-data': uploadFormSchema,
    },
    status: 202,
    answer: jobSchema,
    errors: [409],
  },
  {
    method: 'get',
    path: `${api}/jobs`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Lists jobs',
    query: listJobsQuerySchema,
    answer: jobListSchema,
    errors: [400],
  },
  {
    method: 'get',
    path: `${api}/jobs/{id}`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Shows a job',
    answer: jobSchema,
  },
  {
    method: 'get',
    path: `${api}/jobs/{id}/events`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Follows a job',
    description:
      'Server-sent events: `progress` with the job at each change, `finished` when it has ended. Changes that count are numbered from 1 in `id`; with Last-Event-ID every one after it is sent, none is missed. Without it the stream begins with the job as it is.',
    headers: z.object({
      'Last-Event-ID': z.string().max(20).optional().meta({ description: 'Number of the last event seen.' }),
    }),
    answerAlso: { 'text/event-stream': undefined },
  },
  {
    method: 'get',
    path: `${api}/jobs/{id}/results`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Fetches results',
    description:
      'The rows of finished chunks in input order; the whole of them once the job has succeeded. A download that broke off goes on with Range (and If-Range with the ETag), for NDJSON at any time, for the other formats once the job has ended.',
    query: jobResultsQuerySchema,
    headers: z.object({
      Range: z.string().max(200).optional().meta({ description: 'For instance `bytes=1000-`.' }),
      'If-Range': z.string().max(200).optional().meta({ description: 'ETag of what was begun.' }),
      'If-None-Match': z.string().max(200).optional().meta({ description: 'ETag of what is there already.' }),
    }),
    answerAlso: {
      'application/x-ndjson': z.union([predictResultLineSchema, generateResultLineSchema]),
      'text/csv': undefined,
      'chemical/x-mdl-sdfile': undefined,
      'application/vnd.apache.parquet': undefined,
    },
    errors: [400, 416],
  },
  {
    method: 'post',
    path: `${api}/jobs/{id}/pause`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Pauses a job',
    description: 'No more of it is begun; what is in hand is finished. Pausing twice is not an error.',
    answer: jobSchema,
    errors: [409],
  },
  {
    method: 'post',
    path: `${api}/jobs/{id}/resume`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Goes on with a job that is paused or was cancelled',
    answer: jobSchema,
    errors: [409],
  },
  {
    method: 'post',
    path: `${api}/jobs/{id}/retry`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Tries again what failed',
    description:
      'Of a job that succeeded, the rows that carry an error; of one that failed, what was not finished. Rows that went well are not touched.',
    answer: jobSchema,
    errors: [409],
  },
  {
    method: 'delete',
    path: `${api}/jobs/{id}`,
    tag: 'Jobs',
    scope: ['predict', 'generate'],
    summary: 'Cancels a job',
    description:
      'Stops what is not finished; rows already made stay readable. A job in a final state is answered as it is, so this may be sent twice.',
    answer: jobSchema,
  },
  {
    method: 'post',
    path: `${api}/sensors/devices`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Registers an e-nose',
    body: createDeviceSchema,
    status: 201,
    answer: deviceSchema,
  },
  {
    method: 'get',
    path: `${api}/sensors/devices`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Lists e-noses',
    query: listDevicesQuerySchema,
    answer: deviceListSchema,
    errors: [400],
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Shows an e-nose and how it does',
    answer: deviceDetailsSchema,
  },
  {
    method: 'delete',
    path: `${api}/sensors/devices/{id}`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Removes an e-nose with its readings and calibrations',
    status: 204,
  },
  {
    method: 'post',
    path: `${api}/sensors/devices/{id}/readings`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Stores readings',
    description:
      'At most 10,000 readings and 16 MB, as JSON or as NDJSON with one reading a line. All or nothing, save readings whose time cannot be: they are listed in `refused` and the others are stored.',
    body: ingestReadingsSchema,
    bodyAlso: { 'application/x-ndjson': readingSchema },
    answer: ingestedSchema,
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}/readings`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Lists stored readings',
    query: listReadingsQuerySchema,
    answer: readingListSchema,
    errors: [400],
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}/history`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Shows readings over time, as fine as a plot can show them',
    description:
      'Each reading, or mean, minimum and maximum of minutes or hours, by channel. The resolution is chosen by the span and by `points` unless you name one. Minutes and hours are kept when the readings are past their retention.',
    query: historyQuerySchema,
    answer: historySchema,
    errors: [400],
  },
  {
    method: 'post',
    path: `${api}/sensors/devices/{id}/calibrations`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Takes a span of clean-air readings as the baseline',
    description:
      'With a second span in a gas of known levels also the gain of each channel, and what temperature and humidity add to it. The certificate says who and with what; after `valid_days` the device counts as uncalibrated. With `dry_run` a wizard can ask after each step what would come of it.',
    body: calibrateSchema,
    status: 201,
    answer: calibratedSchema,
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}/calibrations`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Lists the calibrations that an e-nose has had, with their certificates',
    query: listCalibrationsQuerySchema,
    answer: calibrationListSchema,
    errors: [400],
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}/classification`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'What is this sensor smelling?',
    query: classificationQuerySchema,
    answer: classificationSchema,
    errors: [400],
  },
  {
    method: 'get',
    path: `${api}/sensors/devices/{id}/stream`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Readings in, classifications out, live',
    description:
      'A WebSocket (RFC 6455) with the subprotocol `sillage.sensors.v1`. Text messages of JSON both ways: numbered readings in; acknowledgements, classifications, drift and errors out. Each number is settled once, so a stream that broke off goes on under the same `session` where `ready` says it stands. Credentials as on any route; a page in a browser, which can set no headers, brings a ticket as a further subprotocol.',
    query: streamQuerySchema,
    headers: z.object({
      'Sec-WebSocket-Protocol': z
        .string()
        .max(4096)
        .optional()
        .meta({ description: '`sillage.sensors.v1`, and a ticket where there is one.' }),
    }),
    messages: { client: streamRequestSchema, server: streamEventSchema },
    errors: [400, 426],
  },
  {
    method: 'post',
    path: `${api}/sensors/devices/{id}/stream-tickets`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Makes a ticket for one connection to the stream',
    description:
      'For pages in browsers, so that no key needs to be in a page or an address. It holds for half a minute, for one connection to this device, as far as the credential that made it.',
    status: 201,
    answer: streamTicketSchema,
  },
  {
    method: 'post',
    path: `${api}/sensors/arrays`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Declares e-noses that smell the same air, to be asked as one',
    body: createArraySchema,
    status: 201,
    answer: sensorArraySchema,
  },
  {
    method: 'get',
    path: `${api}/sensors/arrays`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Lists sensor arrays',
    answer: sensorArrayListSchema,
  },
  {
    method: 'delete',
    path: `${api}/sensors/arrays/{id}`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'Removes a sensor array; its devices stay',
    status: 204,
  },
  {
    method: 'get',
    path: `${api}/sensors/arrays/{id}/classification`,
    tag: 'Sensors',
    scope: 'sensors',
    summary: 'What do these sensors smell together?',
    description:
      'The windows of all devices end at one moment and their answers are fused. A device that was removed, is silent or warms up is left out, and `degraded` says so.',
    query: classifyArrayQuerySchema,
    answer: arrayClassificationSchema,
    errors: [400, 409],
  },
  {
    method: 'get',
    path: `${api}/account`,
    tag: 'Account',
    scope: 'account',
    summary: 'Shows the account',
    description: 'Tenant and tier, what the tier allows, and how much of the month is left.',
    answer: accountSchema,
  },
  {
    method: 'get',
    path: `${api}/account/usage`,
    tag: 'Account',
    scope: 'account',
    summary: 'Shows what was used',
    query: usageQuerySchema,
    answer: usageSchema,
    errors: [400],
  },
  ...webhookRoutes(api),
  ...accessRoutes(api),
  ...operatorRoutes(api),
  ...openInferenceRoutes,
];

/** What a route asks of its caller's credential. Throws for a route that is not documented. */
export function scopeOfRoute(method: string, path: string): RouteScope {
  return documentedRoute(method, path).scope;
}

/** Whether and how a route is on its way out. Throws for a route that is not documented. */
export function deprecationOfRoute(method: string, path: string): Deprecation | undefined {
  return documentedRoute(method, path).deprecated;
}

function documentedRoute(method: string, path: string): Route {
  const route = routes.find((one) => one.method === method && one.path === path);
  if (!route) throw new Error(`${method} ${path} is not among the documented routes`);
  return route;
}
