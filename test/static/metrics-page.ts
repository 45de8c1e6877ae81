#!/usr/bin/env node
// Writes docs/metrics.md from the code that declares the metrics.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsPage } from './src/metric-contract.ts';
import { root } from './src/repository.ts';

writeFileSync(join(root, 'docs/metrics.md'), await metricsPage());
