#!/usr/bin/env node
import { processIo } from './io';
import { EXIT, unexpected } from './problem';
import { run } from './program';

// Suppresses the AWS SDK's warning about old versions of Node.js.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const io = processIo();
run(process.argv.slice(2), io).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const { text } = unexpected(error);
    io.err(`${text}\n`);
    process.exitCode = EXIT.noAccess;
  },
);
