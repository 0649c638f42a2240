/**
 * The runtime inside a function's process, as text for `node -e`: it must run where only TypeScript sources exist (under
 * jest) as well as after the build. It imitates Lambda's runtime for Node.js 24, which takes async handlers only:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 *
 * Where the local AWS's clock runs faster than the machine's, so does the function's: dates and timers are scaled, and the
 * handler's code waits and measures as it would in Lambda.
 */
export const BOOTSTRAP = String.raw`
'use strict';
const { createRequire } = require('node:module');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');

const { scale = 1, started, virtual } = JSON.parse(process.argv[1]);
const realNow = Date.now;
let virtualNow = started;
const now = virtual === undefined ? () => started + (realNow() - started) * scale : () => virtualNow;
const tellTime = (moment) => {
  if (moment > virtualNow) virtualNow = moment;
};
if (scale !== 1 || virtual !== undefined) {
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now()] : parts));
    }
    static now() {
      return Math.floor(now());
    }
  };
}
const timers = require('node:timers');
const promised = require('node:timers/promises');
const { promisify } = require('node:util');
let wake = () => undefined;
if (virtual !== undefined) {
  // Whatever this process does ends in a turn of the event loop in which it begins nothing more: then it says so.
  const realSetImmediate = setImmediate;
  const count = { received: 0, begun: 0, ended: 0 };
  const due = new Map();
  let lastId = 0;
  let checking = 0;
  const consider = () => {
    checking += 1;
    const check = checking;
    const turn = (left) => {
      if (check !== checking) return;
      if (left > 0) realSetImmediate(turn, left - 1);
      else process.send({ quiet: count });
    };
    turn(4);
  };
  const start = (action, delay, rest, repeats) => {
    const id = ++lastId;
    const timer = {
      id,
      ref: () => timer,
      unref: () => timer,
      hasRef: () => true,
      refresh: () => {
        process.send({ clear: id });
        process.send({ timer: { id, delay: delay || 0 } });
        due.set(id, run);
        return timer;
      },
      close: () => stop(timer),
      [Symbol.toPrimitive]: () => id,
    };
    const run = () => {
      if (repeats) process.send({ timer: { id, delay: delay || 1 } });
      else due.delete(id);
      action(...rest);
    };
    due.set(id, run);
    process.send({ timer: { id, delay: delay || 0 } });
    consider();
    return timer;
  };
  const stop = (timer) => {
    const id = typeof timer === 'object' && timer !== null ? timer.id : Number(timer);
    if (due.delete(id)) process.send({ clear: id });
  };
  wake = ({ fire, now: moment }) => {
    count.received += 1;
    tellTime(moment);
    consider();
    if (fire !== undefined) due.get(fire)?.();
  };
  globalThis.setTimeout = timers.setTimeout = (action, delay, ...rest) => start(action, delay, rest, false);
  globalThis.setInterval = timers.setInterval = (action, delay, ...rest) => start(action, delay, rest, true);
  globalThis.clearTimeout = timers.clearTimeout = stop;
  globalThis.clearInterval = timers.clearInterval = stop;
  promised.setTimeout = (delay, value) => new Promise((resolve) => start(resolve, delay, [value], false));
  Object.defineProperty(globalThis.setTimeout, promisify.custom, { value: promised.setTimeout });
  for (const library of [require('node:http'), require('node:https')]) {
    const { request } = library;
    library.request = (...parts) => {
      const sent = request(...parts);
      sent.setHeader('x-local-process', virtual);
      count.begun += 1;
      sent.prependListener('response', ({ headers }) => tellTime(Number(headers['x-local-now'])));
      sent.once('close', () => {
        count.ended += 1;
        consider();
      });
      consider();
      return sent;
    };
    library.get = (...parts) => {
      const sent = library.request(...parts);
      sent.end();
      return sent;
    };
  }
  require('node:module').syncBuiltinESMExports();
  const { fetch } = globalThis;
  globalThis.fetch = async (resource, options) => {
    const request = new Request(resource, options);
    request.headers.set('x-local-process', virtual);
    count.begun += 1;
    try {
      const response = await fetch(request);
      tellTime(Number(response.headers.get('x-local-now')));
      return response;
    } finally {
      count.ended += 1;
      consider();
    }
  };
} else if (scale !== 1) {
  for (const name of ['setTimeout', 'setInterval']) {
    const real = globalThis[name];
    const scaled = (action, delay, ...rest) => real(action, (delay ?? 0) / scale, ...rest);
    Object.defineProperty(scaled, promisify.custom, { value: (delay, ...rest) => promised[name](delay, ...rest) });
    globalThis[name] = timers[name] = scaled;
    const realPromised = promised[name];
    promised[name] = (delay, ...rest) => realPromised((delay ?? 0) / scale, ...rest);
  }
}

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
  const { event, context, deadline } = message;
  if (context === undefined) return;
  requestId = context.awsRequestId;
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
