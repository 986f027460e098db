#!/usr/bin/env node
/** Entry of the command line `batchnorm`: exit status 0, 1 for a failure it explains, 2 for wrong usage. */
import { runCommandLine } from './commands/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
