#!/usr/bin/env node
import { runProcess } from './run-process.ts';

await runProcess();
// Connections that are kept alive must not keep a finished command.
process.stdout.write('', () => process.exit());
