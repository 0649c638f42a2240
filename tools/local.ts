import { parseArgs } from 'node:util';
import { LocalAws } from '../local/local-aws';

const USAGE = 'Usage: npm run local -- [--port <port>] [--rotation-time <seconds>]';

async function main(): Promise<void> {
  const aws = await LocalAws.start(readOptions(process.argv.slice(2)));
  console.log(`The local AWS listens on ${aws.url}. To use it from another terminal:\n`);
  Object.entries(aws.environment).forEach(([name, value]) => {
    console.log(`export ${name}=${value}`);
  });
  console.log('\nCtrl-C ends it, and all that is in it.');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void aws.stop();
    });
  }
}

function readOptions(args: string[]): { port?: number; rotationTime?: number } {
  const { values } = parseArgs({ args, options: { port: { type: 'string' }, 'rotation-time': { type: 'string' } } });
  const port = readNumber('--port', values.port);
  if (port !== undefined && !(Number.isInteger(port) && port <= 65535)) {
    throw new Error(`--port must be a whole number up to 65535, not ${port}.`);
  }
  return { port, rotationTime: readNumber('--rotation-time', values['rotation-time']) };
}

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new Error(`${name} must be a number from 0 up, not '${text}'.`);
  }
  return number;
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
});
