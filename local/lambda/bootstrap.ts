import { PROCESS_CLOCK } from './process-clock';

/**
 * The runtime inside a function's process, as text for `node -e`, so that it also runs where only TypeScript sources exist (under jest).
 * It imitates Lambda's Node.js 24 runtime, which takes async handlers only:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export const BOOTSTRAP = String.raw`
'use strict';
const { createRequire, syncBuiltinESMExports } = require('node:module');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');

${PROCESS_CLOCK}
// Services that can be reached; undefined means all. Connections to any other hang, without even an error.
let reachable;
const { Socket } = require('node:net');
const realRequest = http.request;
const serviceOf = (headers = {}) => {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return /Credential=[^/]+\/\d+\/[^/]*\/([^/]+)\//.exec(authorization ?? '')?.[1] ?? 's3';
};
const neverConnected = () => Object.assign(new Socket(), { connecting: true });
http.request = (...args) => {
  const at = args.findIndex((each) => typeof each === 'object' && !(each instanceof URL));
  if (reachable && at >= 0 && !reachable.includes(serviceOf(args[at].headers))) {
    // Bypasses the tracked request: the clock must not wait for a request that never arrives.
    return request(...args.with(at, { ...args[at], agent: undefined, createConnection: neverConnected }));
  }
  return realRequest(...args);
};

// The local AWS speaks HTTP on its own port. Redirects code that expects CloudFormation's response URL to be HTTPS on port 443, as on AWS.
const https = require('node:https');
const realHttpsRequest = https.request;
https.request = (options, ...rest) =>
  options?.hostname === '127.0.0.1'
    ? http.request({ ...options, protocol: 'http:', agent: undefined, port: new URL(process.env.AWS_ENDPOINT_URL).port }, ...rest)
    : realHttpsRequest(options, ...rest);
syncBuiltinESMExports();

let requestId;
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const lowest = levels.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL ?? 'info').toLowerCase());
const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const plain = (value) =>
  value instanceof Error ? { errorType: value.name, errorMessage: value.message, stackTrace: String(value.stack).split('\n') } : value;
function log(level, values) {
  const timestamp = new Date().toISOString();
  if (!asJson) {
    process.send({ log: [timestamp, requestId, level.toUpperCase(), format(...values)].join('\t') });
  } else if (levels.indexOf(level) >= lowest) {
    const message = values.length === 1 && typeof values[0] === 'object' ? plain(values[0]) : format(...values);
    process.send({ log: JSON.stringify({ timestamp, level: level.toUpperCase(), requestId, message }) });
  }
}
for (const [method, level] of [['trace', 'trace'], ['debug', 'debug'], ['log', 'info'], ['info', 'info'], ['warn', 'warn'], ['error', 'error']]) {
  console[method] = (...values) => log(level, values);
}

async function load() {
  const [file, name] = process.env._HANDLER.split('.');
  const base = join(process.env.LAMBDA_TASK_ROOT, file);
  const path = ['.js', '.cjs', '.mjs'].map((extension) => base + extension).find(existsSync);
  if (!path) {
    throw Object.assign(new Error("Error: Cannot find module '" + file + "'"), { name: 'Runtime.ImportModuleError' });
  }
  const module = path.endsWith('.mjs') ? await import(pathToFileURL(path)) : createRequire(path)(path);
  const handler = module[name];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(process.env._HANDLER + ' is undefined or not exported'), { name: 'Runtime.HandlerNotFound' });
  }
  if (handler.length > 2) {
    throw Object.assign(new Error('AWS Lambda has removed support for callback-based function handlers'), {
      name: 'Runtime.CallbackHandlerDeprecated',
    });
  }
  return handler;
}

const loading = load();
loading.catch(() => undefined).then(() => process.send({ ready: true }));
process.on('disconnect', () => process.exit());
process.on('message', async (message) => {
  wake(message);
  const { event, context, deadline, reach } = message;
  if (context === undefined) return;
  requestId = context.awsRequestId;
  reachable = reach;
  try {
    const handler = await loading;
    const logStreamName = process.env.AWS_LAMBDA_LOG_STREAM_NAME;
    const result = await handler(event, { ...context, logStreamName, getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - now())) });
    process.send({ result: result === undefined ? null : result });
  } catch (error) {
    const isError = error instanceof Error;
    log('error', isError ? [error] : ['%s', error]);
    process.send({
      error: {
        errorType: isError ? error.name : typeof error,
        errorMessage: isError ? error.message : String(error),
        trace: isError ? String(error.stack).split('\n') : [],
      },
    });
  }
});
`;
