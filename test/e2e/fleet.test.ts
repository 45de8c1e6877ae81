import { describeFleet } from './suites/index.ts';

describeFleet('fleet');
