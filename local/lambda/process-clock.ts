/**
 * Part of a function's runtime, as text: its process lives by the clock of the local AWS, so that the handler's code waits and measures
 * as it would in Lambda. Where the clock is scaled, so are dates and timers. A virtual one tells the time and fires the timers, and
 * the process says whenever it has nothing left to do but wait.
 */
export const PROCESS_CLOCK = String.raw`
const { scale, started, skew, virtual } = JSON.parse(process.argv[1]);
const realNow = Date.now;
let virtualNow = started;
const now = () => (virtual === undefined ? started + (realNow() - started) * scale : virtualNow) + skew;
const tellTime = (moment) => {
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
  // Whatever this process does ends in a turn of the event loop in which it begins nothing more: then it says so.
  const realSetImmediate = setImmediate;
  const count = { received: 0, begun: 0, ended: 0 };
  // Requests whose answer has begun, each with its answer.
  const answers = new Map();
  const end = (sent) => {
    answers.delete(sent);
    count.ended += 1;
  };
  const due = new Map();
  let lastId = 0;
  let checking = 0;
  // A module that is being imported, say: that it takes time is the machine's affair.
  const isReading = () => process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo|RandomBytes|Zlib)/.test(name));
  const consider = () => {
    checking += 1;
    const check = checking;
    const turn = (left) => {
      if (check !== checking) return;
      if (left > 0) return void realSetImmediate(turn, left - 1);
      if (isReading()) return void realSetImmediate(turn, 4);
      // An answer that nobody reads never closes its request.
      for (const [sent, answer] of answers) if (answer.readableFlowing === null) end(sent);
      process.send({ quiet: count });
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
      let answered = false;
      sent.prependListener('response', (answer) => {
        answered = true;
        answers.set(sent, answer);
        tellTime(Number(answer.headers['x-local-now']));
        consider();
      });
      sent.once('close', () => {
        if (answered && !answers.has(sent)) return;
        end(sent);
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
`;
