import type { CreateKeyCommandInput, RotationsListEntry } from '@aws-sdk/client-kms';
import { type LedgerRecord, parse, pathOf } from '../../lambda/ledger-record';
import type { Account, Calls } from './account';
import { errorMessage, errorName, isUnknownOperation } from './aws-errors';
import { brokenBounds } from './bounds';
import type { Build, Deployed, Deployer, Place } from './deployer';
import { NotPossible, Unexpected, expectEqual } from './expectations';
import { PREFIX, type StateFile, type StepResult, TAG } from './run-state';
import { type Time, concurrently } from './time';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long to wait for reads: far beyond the several minutes that AWS documents. */
const PATIENCE = 20 * MINUTE;
const POLL_FOR_KEYS = { every: 2 };

export interface TestKey {
  readonly arn: string;
  readonly id: string;
  readonly region: string;
}

export interface StageOptions {
  readonly account: Account;
  readonly deployer: Deployer;
  readonly file: StateFile;
  readonly place: Place;
  readonly replicaRegion: string;
  readonly rounds: number;
  /** Aborted when the run must end. */
  readonly signal: AbortSignal;
}

/** What a story or probe works with: an account, keys and stacks of its own, and a record of what it has created. */
export class Stage {
  public readonly steps: StepResult[] = [];
  /** Samples and remarks, which are saved when the part ends: an interrupted one starts over. */
  public readonly measurements: Record<string, number[]> = {};
  public readonly notes: string[] = [];
  public readonly calls: Calls;
  private readonly time: Time;
  private readonly attempt: string;

  public constructor(
    public readonly options: StageOptions,
    private readonly part: { readonly name: string; readonly steps: readonly { readonly name: string }[] },
  ) {
    this.calls = options.account.as(part.name);
    this.time = options.account.time;
    // What an interrupted attempt has left may still be deleting, so a new attempt takes other names.
    this.attempt = Math.floor(this.time.now()).toString(36).slice(-5);
  }

  public get region(): string {
    return this.options.place.region;
  }

  public now(): number {
    return this.time.now();
  }

  public async sleep(seconds: number): Promise<void> {
    this.checkSignal();
    await this.time.sleep(seconds * SECOND);
    this.checkSignal();
  }

  /** Calls whose answers depend on the moment, and that are not retried. */
  public get timedCalls(): Calls {
    return this.options.account.as(this.part.name, { timed: true, maxAttempts: 1 });
  }

  /** Runs one step of the part. A failed step ends the part; one that is not possible here does not. */
  public async step(name: string, run: () => Promise<void>): Promise<void> {
    if (!this.part.steps.some((step) => step.name === name)) throw new Error(`${this.part.name} has no step ${name}.`);
    this.checkSignal();
    try {
      await run();
      this.steps.push({ name, outcome: 'held' });
    } catch (error) {
      if (error instanceof NotPossible || isUnknownOperation(error)) {
        this.steps.push({ name, outcome: 'not possible', reason: errorMessage(error) });
        return;
      }
      if (error instanceof Unexpected) this.steps.push({ name, outcome: 'broken', reason: error.message });
      throw error;
    }
  }

  /** Runs tasks concurrently. */
  public async together(tasks: readonly (() => Promise<void>)[]): Promise<void> {
    await concurrently(this.time, tasks.length, tasks);
  }

  public stackName(suffix?: string): string {
    const { id } = this.options.file.state;
    return [PREFIX, id, this.part.name, this.attempt, ...(suffix === undefined ? [] : [suffix])].join('-');
  }

  /** Deploys stacks with `cdk deploy`. They are noted for clean-up even if that fails. */
  public async deploy(stacks: Readonly<Record<string, Build>>, ...args: readonly string[]): Promise<Deployed> {
    this.checkSignal();
    this.options.file.change(({ stacks: known }) => {
      known.push(...Object.keys(stacks).filter((name) => !known.includes(name)));
    });
    const deployed = await this.options.deployer.deploy(stacks, args);
    this.checkSignal();
    return deployed;
  }

  /** Like `deploy`. @throws Unexpected if it fails. */
  public async succeed(stacks: Readonly<Record<string, Build>>, ...args: readonly string[]): Promise<Deployed> {
    const deployed = await this.deploy(stacks, ...args);
    if (deployed.exitCode !== 0) throw new Unexpected(`cdk deploy should succeed, but says:\n${tail(deployed)}`);
    return deployed;
  }

  /** Like `deploy`. @throws Unexpected if it succeeds. */
  public async fail(stacks: Readonly<Record<string, Build>>, ...args: readonly string[]): Promise<Deployed> {
    const deployed = await this.deploy(stacks, ...args);
    if (deployed.exitCode === 0) throw new Unexpected(`cdk deploy should fail, but says:\n${tail(deployed)}`);
    return deployed;
  }

  public async destroy(stacks: Readonly<Record<string, Build>>): Promise<void> {
    const run = await this.options.deployer.destroy(stacks);
    this.checkSignal();
    if (run.exitCode !== 0) throw new Unexpected(`cdk destroy should succeed, but says:\n${tail(run)}`);
  }

  /** Does something during a deployment. */
  public async during(
    deployment: () => Promise<Deployed>,
    meanwhile: (isOver: () => boolean) => Promise<void>,
  ): Promise<Deployed> {
    let deployed: Deployed | undefined;
    let isOver = false;
    await this.together([
      async () => {
        try {
          deployed = await deployment();
        } finally {
          isOver = true;
        }
      },
      () => meanwhile(() => isOver),
    ]);
    if (!deployed) throw new Error('The deployment has no result.');
    return deployed;
  }

  /** By the latest event of the stack itself. */
  public async stackStatus(name: string): Promise<string> {
    const { StackEvents = [] } = await this.calls.cloudFormation().describeStackEvents({ StackName: name });
    const own = StackEvents.find(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId);
    return own?.ResourceStatus ?? '';
  }

  /** A new key, whose deletion is scheduled at the end of the run. */
  public async newKey(input: CreateKeyCommandInput = {}): Promise<TestKey> {
    const { KeyMetadata } = await this.calls.kms().createKey({
      Description: `${PREFIX} ${this.options.file.state.id} ${this.part.name}`,
      Tags: [{ TagKey: TAG.key, TagValue: TAG.value }],
      ...input,
    });
    const key = this.note(KeyMetadata?.Arn ?? '');
    await this.untilKnown(key);
    return key;
  }

  /** Waits until all reads find a new key. */
  public async untilKnown({ arn, region }: TestKey): Promise<void> {
    const kms = this.timedCalls.kms(region);
    const reads = [
      () => kms.describeKey({ KeyId: arn }),
      () => kms.getKeyRotationStatus({ KeyId: arn }),
      () => kms.listKeyRotations({ KeyId: arn }),
    ];
    for (const read of reads)
      await this.until(async () => {
        try {
          await read();
          return true;
        } catch (error) {
          if (errorName(error) === 'NotFoundException') return false;
          throw error;
        }
      }, POLL_FOR_KEYS);
  }

  public note(arn: string): TestKey {
    const [, , , region = ''] = arn.split(':');
    this.options.file.change(({ keys }) => {
      if (!keys.some((known) => known.arn === arn)) keys.push({ arn, region });
    });
    return { arn, region, id: arn.slice(arn.lastIndexOf('/') + 1) };
  }

  public async keysOf(stackName: string): Promise<TestKey[]> {
    const { StackResources = [] } = await this.calls.cloudFormation().describeStackResources({ StackName: stackName });
    const { account, region } = this.options.place;
    const partition = await this.partition();
    return StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::KMS::Key').map(({ PhysicalResourceId }) =>
      this.note(`arn:${partition}:kms:${region}:${account}:key/${PhysicalResourceId ?? ''}`),
    );
  }

  public async partition(): Promise<string> {
    const { Arn = '' } = await this.calls.sts().getCallerIdentity({});
    return Arn.split(':')[1] ?? '';
  }

  /** All on-demand rotations that KMS lists. */
  public async history({ arn, region }: TestKey, calls = this.calls): Promise<RotationsListEntry[]> {
    const entries: RotationsListEntry[] = [];
    let Marker: string | undefined;
    do {
      const page = await calls.kms(region).listKeyRotations({ KeyId: arn, Marker });
      entries.push(...(page.Rotations ?? []).filter(({ RotationType }) => RotationType === 'ON_DEMAND'));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    return entries;
  }

  /** Waits until KMS lists this many rotations. The run checks again at its end, when reads no longer lag. */
  public async expectRotations(key: TestKey, expected: number): Promise<void> {
    this.options.file.change(({ keys }) => {
      const known = keys.find(({ arn }) => arn === key.arn);
      if (known) known.rotations = expected;
    });
    let listed = await this.history(key);
    for (const deadline = this.now() + PATIENCE; listed.length < expected && this.now() < deadline;) {
      await this.sleep(5);
      listed = await this.history(key);
    }
    expectEqual(`rotations on demand of key ${key.arn}`, listed.length, expected);
  }

  public async ledger({ id, region }: TestKey): Promise<LedgerRecord[]> {
    const parameters: Parameters<typeof parse>[1][number][] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.calls.ssm(region).getParametersByPath({ Path: pathOf(id), Recursive: true, NextToken });
      for (const { Name = '', Value = '', Version } of page.Parameters ?? [])
        parameters.push({ name: Name, value: Value, version: Version });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return [...parse(id, parameters).records];
  }

  /** Polls until a condition holds. @returns whether it held before `givesUp`. */
  public async until(
    condition: () => Promise<boolean>,
    { every = 1, givesUp }: { readonly every?: number; readonly givesUp?: () => boolean } = {},
  ): Promise<boolean> {
    const deadline = this.now() + PATIENCE;
    const isOver = givesUp ?? ((): boolean => this.now() > deadline);
    while (!(await condition())) {
      if (isOver()) return false;
      await this.sleep(every);
    }
    return true;
  }

  /** @param samples durations are in seconds. */
  public measure(name: string, ...samples: readonly number[]): void {
    this.measurements[name] = [...(this.measurements[name] ?? []), ...samples];
  }

  /** @throws Unexpected if a measurement breaks one of these bounds. */
  public expectBounds(...names: readonly string[]): void {
    const broken = brokenBounds(this.measurements, names);
    if (broken.length > 0) throw new Unexpected(broken.join('\n'));
  }

  public remark(text: string): void {
    this.notes.push(text);
  }

  private checkSignal(): void {
    this.options.signal.throwIfAborted();
    if (this.options.account.hasExpired) throw new SessionExpired();
  }
}

export class SessionExpired extends Error {
  public override readonly name = 'SessionExpired';
  public constructor() {
    super('The session has expired.');
  }
}

function tail({ output }: Deployed): string {
  return output.trim().slice(-3000);
}
