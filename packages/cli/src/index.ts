export type { Profile } from './config.ts';
export type { Context } from './context.ts';
export { examine, type Subject } from './doctor/doctor.ts';
export type { Finding } from './doctor/finding.ts';
export { buildProgram, type ExternalCommand, everyCommand, type RunOptions, runCli } from './program.ts';
export { processContext, runProcess } from './run-process.ts';
