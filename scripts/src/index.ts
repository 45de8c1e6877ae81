export { localApiKey } from './credentials.ts';
export * from './fleet/fleet.ts';
export { type LoneInference, startLoneInference } from './fleet/lone-inference.ts';
export * from './fleet/postgres.ts';
export { badMolecules, type JobTrialReport, trialMolecule, tryJob } from './job-trial.ts';
export { type LoadOptions, type LoadReport, loadTable, runLoad } from './load/open-loop.ts';
export { findRedis, redisAdvice } from './tools/redis.ts';
