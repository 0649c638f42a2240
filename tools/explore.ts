import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { handle } from '../lambda/handler';
import { explore } from './explore/passes';
import { DEEP, type Task, deepPlan, testPlan } from './explore/plan';
import { type Explored, exploredOf, story, table } from './explore/report';

/**
 * Explores scripts in configurations, in as many threads as the machine has processors. A program of its own rather than a part of the
 * tests, since code runs several times faster outside of jest.
 *
 *     npm run explore -- [--test] [--seed <n>] [--calls <n per script and configuration>] [--most <deviations per run>] [--findings <n>]
 *         [--configuration <name>]… [--script <name>]… [--without-axiom] [--threads <n>] [--json]
 */
const OPTIONS = {
  test: { type: 'boolean', default: false },
  seed: { type: 'string' },
  calls: { type: 'string' },
  most: { type: 'string' },
  findings: { type: 'string' },
  configuration: { type: 'string', multiple: true },
  script: { type: 'string', multiple: true },
  'without-axiom': { type: 'boolean', default: false },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Message = { readonly progress: Explored } | { readonly done: Explored };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const tasks = tasksOf(values);
  const progress = new Progress(tasks.length, !values.json);
  const explored = await inParallel(tasks.length, numberOf(values.threads, availableParallelism()), progress);
  if (values.json) console.log(JSON.stringify(explored));
  else console.log(`\n${table(explored, 'script')}\n\n${table(explored, 'configuration')}`);
  if (!values['without-axiom'] && explored.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

/** The same ones in every thread, which therefore need to know their numbers only. */
function tasksOf(values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']): Task[] {
  if (values.test) return testPlan();
  const depth = {
    seed: numberOf(values.seed, DEEP.seed),
    calls: numberOf(values.calls, DEEP.calls),
    most: numberOf(values.most, DEEP.most),
    findings: numberOf(values.findings, DEEP.findings),
  };
  const { configuration: configurations, script: scripts, 'without-axiom': withoutAxiom } = values;
  return deepPlan({ configurations, scripts, withoutAxiom: withoutAxiom ?? false }, depth);
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text ?? ''} is no whole number`);
  return number;
}

/** Each thread takes the next task when it is done with one. */
async function inParallel(tasks: number, threads: number, progress: Progress): Promise<Explored[]> {
  const results = new Map<number, Explored>();
  let next = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(__filename, { argv: process.argv.slice(2), workerData: next++ });
      let number = next - 1;
      worker.on('message', (message: Message) => {
        if ('progress' in message) progress.show(number, message.progress);
        else {
          results.set(number, message.done);
          progress.show(number, message.done);
          number = next < tasks ? next++ : -1;
          worker.postMessage(number);
        }
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        resolve();
      });
    });
  await Promise.all(Array.from({ length: Math.min(threads, tasks) }, work));
  return [...results].sort(([a], [b]) => a - b).map(([, explored]) => explored);
}

/** Tells how far it is, and every violation as soon as it is found. */
class Progress {
  private shownAt = 0;
  private readonly latest = new Map<number, Explored>();

  public constructor(
    private readonly tasks: number,
    private readonly isWanted: boolean,
  ) {}

  public show(task: number, explored: Explored): void {
    const { script, configuration, findings } = explored;
    const told = this.latest.get(task)?.findings.length ?? 0;
    this.latest.set(task, explored);
    if (!this.isWanted) return;
    for (const finding of findings.slice(told)) console.log(`\n${story(finding)}\n`);
    if (Date.now() - this.shownAt < 5_000) return;
    this.shownAt = Date.now();
    const all = [...this.latest.values()];
    const sum = (of: (one: Explored) => number) => all.reduce((total, one) => total + of(one), 0);
    const counts = `${sum(({ traces }) => traces)} distinct traces in ${sum(({ runs }) => runs)} runs, ${sum((one) => one.findings.length)} violations`;
    console.log(`${all.length} of ${this.tasks}: ${counts}; now: ${script}, ${configuration}`);
  }
}

async function work(number: number): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const task = tasksOf(values)[number];
  if (!task) {
    parentPort?.close();
    return;
  }
  const { configuration, script, depth } = task;
  const tell = (message: Message) => parentPort?.postMessage(message);
  const tally = await explore(handle, configuration, script, depth, (soFar) =>
    tell({ progress: exploredOf(configuration.name, script.name, soFar) }),
  );
  tell({ done: exploredOf(configuration.name, script.name, tally) });
}

if (isMainThread) void main();
else {
  parentPort?.on('message', (number: number) => void work(number));
  void work(workerData as number);
}
