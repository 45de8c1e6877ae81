import { jobs } from './suites/jobs.ts';

jobs('redis');
