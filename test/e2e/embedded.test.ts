import { describeFleet } from './suites/index.ts';

describeFleet('embedded');
