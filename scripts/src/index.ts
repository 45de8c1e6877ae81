export { localApiKey } from './credentials.ts';
export { askThreeQuestions } from './demo.ts';
export * from './fleet/fleet.ts';
export { inferenceRuntime, type LoneInference, startLoneInference } from './fleet/lone-inference.ts';
export * from './fleet/postgres.ts';
export {
  badMolecules,
  checkTrialResults,
  type JobTrialReport,
  type TrialJob,
  type TrialRows,
  trialMolecule,
  tryJob,
  uploadTrialJob,
} from './job-trial.ts';
export { HttpClient } from './load/http-client.ts';
export { type LoadOptions, type LoadReport, loadTable, runLoad } from './load/open-loop.ts';
export { type LoadKind, loadKinds, send } from './load/requests.ts';
export { findMosquitto, mosquittoAdvice } from './tools/mosquitto.ts';
export { findRedis, redisAdvice } from './tools/redis.ts';
