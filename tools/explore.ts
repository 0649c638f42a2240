import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { handle } from '../lambda/handler';
import { DEEP, type Depth, TEST, allScripts, explore } from './simulation/passes';
import { type Explored, exploredOf, story, table } from './simulation/report';

/**
 * Explores the scripts in as many threads as the machine has processors. A program of its own rather than a part of the
 * tests, since code runs several times faster outside of jest.
 *
 *     npm run explore -- [--quick] [--seed <n>] [--calls <n per script>] [--random <n>] [--most <deviations per run>] [--findings <n>] [--script <name>]… [--json]
 */
interface Task {
  readonly script: string;
  readonly depth: Depth;
}

interface Message {
  readonly explored: Explored;
  readonly isDone: boolean;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string' },
      calls: { type: 'string' },
      random: { type: 'string' },
      most: { type: 'string' },
      findings: { type: 'string' },
      script: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const base = values.quick ? TEST : DEEP;
  const depth = {
    ...base,
    seed: numberOf(values.seed, base.seed),
    combinations: numberOf(values.calls, base.combinations),
    random: numberOf(values.random, base.random),
    most: numberOf(values.most, base.most),
    findings: numberOf(values.findings, base.findings),
  };
  const names = allScripts.map(({ name }) => name);
  const wanted = values.script ?? names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no script "${unknown}"; there are: ${names.join('; ')}`);

  const progress = new Progress();
  const explored = await inParallel(
    wanted.map((script) => ({ script, depth })),
    (all, latest) => {
      if (!values.json) progress.show(all, latest);
    },
  );
  console.log(values.json ? JSON.stringify(explored) : `\nExplored (seed ${depth.seed}):\n${table(explored)}`);
  if (explored.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text ?? ''} is no whole number`);
  return number;
}

async function inParallel(
  tasks: readonly Task[],
  progress: (all: readonly Explored[], latest: Explored) => void,
): Promise<Explored[]> {
  const results = new Map<string, Explored>();
  const waiting = [...tasks];
  const work = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      await inThread(task, (explored) => {
        results.set(explored.script, explored);
        progress([...results.values()], explored);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work));
  return tasks.flatMap(({ script }) => results.get(script) ?? []);
}

function inThread(task: Task, progress: (explored: Explored) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: task, argv: process.argv.slice(2) });
    worker.on('message', ({ explored }: Message) => {
      progress(explored);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve();
    });
  });
}

/** Tells how far it is, and every violation as soon as it is found. */
class Progress {
  private shownAt = 0;
  private readonly told = new Map<string, number>();

  public show(all: readonly Explored[], { script, findings }: Explored): void {
    for (const finding of findings.slice(this.told.get(script) ?? 0)) console.log(`\n${story(finding)}\n`);
    this.told.set(script, findings.length);
    if (Date.now() - this.shownAt < 5_000) return;
    this.shownAt = Date.now();
    const sum = (of: (one: Explored) => number) => all.reduce((total, one) => total + of(one), 0);
    const counts = `${sum(({ traces }) => traces)} distinct traces in ${sum(({ runs }) => runs)} runs, ${sum((one) => one.findings.length)} violations`;
    console.log(`${counts}; now: ${script}`);
  }
}

async function thread({ script: name, depth }: Task): Promise<void> {
  const script = allScripts.find((one) => one.name === name);
  if (!script) throw new Error(`There is no script "${name}"`);
  const tell = (explored: Explored, isDone: boolean) => parentPort?.postMessage({ explored, isDone } satisfies Message);
  const tally = await explore(handle, script, depth, (soFar) => tell(exploredOf(soFar), false));
  tell(exploredOf(tally), true);
}

void (isMainThread ? main() : thread(workerData as Task));
