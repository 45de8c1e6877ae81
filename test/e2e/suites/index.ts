import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Mode, startTestFleet, type TestFleet } from '../../support/fleet.ts';
import { badInput } from './bad-input.ts';
import { documents } from './documents.ts';
import { erasure } from './erasure.ts';
import { jobs } from './jobs.ts';
import { keys } from './keys.ts';
import { logs } from './logs.ts';
import { metrics } from './metrics.ts';
import { openInference } from './open-inference.ts';
import { operations } from './operations.ts';
import { questions } from './questions.ts';
import { recovery } from './recovery.ts';
import { sensors } from './sensors.ts';
import { traceEdges } from './trace-edges.ts';
import { sameByEveryTransport } from './transports.ts';

/** Each suite gets the running fleet; it is there when a test's body runs, not before. */
export type GetFleet = () => TestFleet;

/** The same tests on the same services, whichever way the fleet runs. */
export function describeFleet(mode: Mode): void {
  describe(`the ${mode === 'fleet' ? 'fleet on Postgres and Redis' : 'embedded fleet'}`, () => {
    let running: TestFleet | undefined;
    const get: GetFleet = () => {
      if (!running) throw new Error('the fleet did not start');
      return running;
    };
    beforeAll(async () => {
      running = await startTestFleet(mode);
    }, 180_000);
    afterAll(async () => running?.stop(), 180_000);

    describe('the three questions', () => questions(get));
    describe('sensors', () => sensors(get));
    describe('transports', () => sameByEveryTransport(get));
    describe('keys', () => keys(get));
    describe('bad input', () => badInput(get));
    describe('jobs', () => jobs(get));
    describe('the Open Inference Protocol', () => openInference(get));
    describe('the documents', () => documents(get));
    describe('erasure', () => erasure(get));
    describe('operations', () => operations(get));
    // What the suites before did is in the metrics and the traces by now.
    describe('metrics', () => metrics(get));
    describe('edges', () => traceEdges(get));
    // It takes the database away.
    describe('recovery', () => recovery(get));
    // Last: it reads what all the others had logged.
    describe('logs', () => logs(get));
  });
}
