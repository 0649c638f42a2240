/**
 * Proves on a real account, or on the local AWS, what this project promises, and measures what the promise rests on. See USAGE in
 * `acceptance/options.ts`, and docs/first-real-deploy.md.
 */
import { main } from './acceptance/command';

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error instanceof Error && error.name === 'NotStarted' ? error.message : error);
    process.exitCode = 1;
  },
);
