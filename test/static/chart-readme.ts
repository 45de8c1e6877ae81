#!/usr/bin/env node
// Makes the table of settings in charts/sillage/README.md from values.yaml.
import { writeReadme } from './src/chart-readme.ts';

writeReadme();
