import { jobs } from './suites/jobs.ts';

jobs('postgres');
