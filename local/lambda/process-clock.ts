/**
 * Part of a function's runtime, as text: puts its process on the local AWS's clock, so that the handler waits and measures as it would in
 * Lambda. A scaled clock scales dates and timers. A virtual clock sets the time and fires the timers, and the process reports whenever
 * it is idle.
 */
export const PROCESS_CLOCK = String.raw`
const { scale, started, skew, virtual } = JSON.parse(process.argv[1]);
const realNow = Date.now;
let virtualNow = started;
const now = () => (virtual === undefined ? started + (realNow() - started) * scale : virtualNow) + skew;
const advanceTo = (moment) => {
  if (moment > virtualNow) virtualNow = moment;
};
if (scale !== 1 || skew !== 0 || virtual !== undefined) {
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
const http = require('node:http');
const request = http.request;
const timers = require('node:timers');
const promised = require('node:timers/promises');
const { promisify } = require('node:util');
let wake = () => undefined;
if (virtual !== undefined) {
  // Reports idle once a few turns of the event loop have passed in which nothing new began.
  const realSetImmediate = setImmediate;
  const count = { received: 0, begun: 0, ended: 0 };
  // Requests whose response has begun, with the response.
  const answers = new Map();
  const end = (sent) => {
    answers.delete(sent);
    count.ended += 1;
  };
  const due = new Map();
  let lastId = 0;
  let checking = 0;
  // The machine's own work, such as importing a module, takes no time on the clock.
  const isReading = () => process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo|RandomBytes|Zlib)/.test(name));
  const checkIdle = () => {
    checking += 1;
    const check = checking;
    const turn = (left) => {
      if (check !== checking) return;
      if (left > 0) return void realSetImmediate(turn, left - 1);
      if (isReading()) return void realSetImmediate(turn, 4);
      // A response that nobody reads never closes its request.
      for (const [sent, answer] of answers) if (answer.readableFlowing === null) end(sent);
      process.send({ idle: count });
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
    checkIdle();
    return timer;
  };
  const stop = (timer) => {
    const id = typeof timer === 'object' && timer !== null ? timer.id : Number(timer);
    if (due.delete(id)) process.send({ clear: id });
  };
  wake = ({ fire, now: moment }) => {
    count.received += 1;
    advanceTo(moment);
    checkIdle();
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
      let answered = false;
      sent.prependListener('response', (answer) => {
        answered = true;
        answers.set(sent, answer);
        advanceTo(Number(answer.headers['x-local-now']));
        checkIdle();
      });
      sent.once('close', () => {
        if (answered && !answers.has(sent)) return;
        end(sent);
        checkIdle();
      });
      checkIdle();
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
      advanceTo(Number(response.headers.get('x-local-now')));
      return response;
    } finally {
      count.ended += 1;
      checkIdle();
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
`;
