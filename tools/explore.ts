import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { handle } from '../lambda/handler';
import { catchMutation } from './explore/catch';
import { type Caught, mutations } from './explore/mutations';
import { explore } from './explore/passes';
import { DEEP, type Task, deepPlan, testPlan } from './explore/plan';
import { type Explored, brokenPromises, exploredOf, mutationTable, story, table } from './explore/report';

/**
 * Explores scripts in configurations, in as many threads as the machine has processors.
 *
 *     npm run explore -- [--configuration <name>]… [--script <name>]… [--seed <n>] [--calls <n per script and configuration>]
 *         [--most <deviations per run>] [--findings <violations per script and configuration>] [--threads <n>] [--json]
 *     npm run explore -- --test             what `npm test` explores
 *     npm run explore -- --without-axiom    what breaks if creating a record is not atomic
 *     npm run explore -- --mutations        which defects of the handler are caught, and by what
 */
const options = {
  configuration: { type: 'string', multiple: true },
  script: { type: 'string', multiple: true },
  seed: { type: 'string' },
  calls: { type: 'string' },
  most: { type: 'string' },
  findings: { type: 'string' },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
  test: { type: 'boolean', default: false },
  'without-axiom': { type: 'boolean', default: false },
  mutations: { type: 'boolean', default: false },
} as const;

type Message = { readonly progress: Explored } | { readonly done: Explored };

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.mutations) await catchMutations(values.json);
  else await exploreAll(values.json, values['without-axiom']);
}

async function catchMutations(isJson: boolean): Promise<void> {
  const caught: Caught[] = [];
  for (const mutation of mutations) caught.push(await catchMutation(process.cwd(), mutation));
  console.log(isJson ? JSON.stringify(caught) : mutationTable(caught));
  if (caught.some(({ by }) => by === undefined)) process.exitCode = 1;
}

async function exploreAll(isJson: boolean, withoutAxiom: boolean): Promise<void> {
  const { values } = parseArgs({ options });
  const tasks = plan().length;
  const threads = numberOf(values.threads, availableParallelism());
  const explored = await inParallel(tasks, threads, new Progress(tasks, isJson || withoutAxiom));
  if (isJson) console.log(JSON.stringify(explored));
  else console.log(`\n${table(explored, 'script')}\n\n${table(explored, 'configuration')}`);
  if (withoutAxiom) {
    if (!isJson) console.log(`\n${brokenPromises(explored)}`);
  } else if (explored.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

/** The same in every thread, so that a thread only needs the number of its task. */
function plan(): Task[] {
  const { values } = parseArgs({ options });
  if (values.test) return testPlan();
  const depth = {
    seed: numberOf(values.seed, DEEP.seed),
    calls: numberOf(values.calls, DEEP.calls),
    maxDeviations: numberOf(values.most, DEEP.maxDeviations),
    findings: numberOf(values.findings, DEEP.findings),
  };
  const { configuration: configurations, script: scripts, 'without-axiom': withoutAxiom } = values;
  return deepPlan({ configurations, scripts, withoutAxiom }, depth);
}

function numberOf(text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text ?? ''} is not a whole number`);
  return number;
}

/** Each thread takes the next task when it is done with one. */
async function inParallel(tasks: number, threads: number, progress: Progress): Promise<Explored[]> {
  const results = new Map<number, Explored>();
  let next = 0;
  const run = () =>
    new Promise<void>((resolve, reject) => {
      let task = next++;
      const worker = new Worker(__filename, { argv: process.argv.slice(2), workerData: task });
      worker.on('message', (message: Message) => {
        if ('progress' in message) {
          progress.show(task, message.progress);
          return;
        }
        results.set(task, message.done);
        progress.show(task, message.done);
        task = next++;
        worker.postMessage(task);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        resolve();
      });
    });
  await Promise.all(Array.from({ length: Math.min(threads, tasks) }, run));
  return [...results].sort(([a], [b]) => a - b).map(([, explored]) => explored);
}

/** Prints the progress, and every violation as soon as it is found. */
class Progress {
  private printedAt = 0;
  private readonly latest = new Map<number, Explored>();

  public constructor(
    private readonly tasks: number,
    private readonly isQuiet: boolean,
  ) {}

  public show(task: number, explored: Explored): void {
    const { script, configuration, findings } = explored;
    const printed = this.latest.get(task)?.findings.length ?? 0;
    this.latest.set(task, explored);
    if (this.isQuiet) return;
    for (const finding of findings.slice(printed)) console.log(`\n${story(finding)}\n`);
    if (Date.now() - this.printedAt < 5_000) return;
    this.printedAt = Date.now();
    const all = [...this.latest.values()];
    const sum = (of: (one: Explored) => number) => all.reduce((total, one) => total + of(one), 0);
    const counts = `${sum(({ traces }) => traces)} distinct traces in ${sum(({ runs }) => runs)} runs, ${sum((one) => one.findings.length)} violations`;
    console.log(`${all.length} of ${this.tasks}: ${counts}; now: ${script}, ${configuration}`);
  }
}

/** Runs a task in a worker thread, or ends the thread if no task is left. */
async function work(number: number): Promise<void> {
  const task = plan()[number];
  if (!task) {
    parentPort?.close();
    return;
  }
  const { configuration, script, depth } = task;
  const post = (message: Message) => {
    parentPort?.postMessage(message);
  };
  const tally = await explore(handle, configuration, script, depth, (soFar) => {
    post({ progress: exploredOf(configuration.name, script.name, soFar) });
  });
  post({ done: exploredOf(configuration.name, script.name, tally) });
}

if (isMainThread) void main();
else {
  parentPort?.on('message', (number: number) => void work(number));
  void work(workerData as number);
}
