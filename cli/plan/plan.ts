import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Aws } from '../aws';
import { nameOf } from '../display-names';
import { inWords, usualTime } from '../durations';
import { Gaps } from '../gaps';
import type { Io } from '../io';
import { type CommonOptions, onlyRegion } from '../options';
import { EXIT, type ExitCode, badOption, noSuchStack } from '../problem';
import { Progress } from '../progress';
import { type KeyView, RegionReader, regionInArn } from '../region-reader';
import { type Column, Sheet } from '../sheet';
import { PlannedApp } from './app';
import { readAssembly, type StackArtifact } from './cloud-assembly';
import { fleetTime, reservedConcurrency } from './fleet-time';
import { type Does, type Outcome, type PlannedKey, failed, newPlannedKey, outcomeOf } from './outcome';
import { type RotationResource, rotationsOf } from './planned-rotation';

export interface PlanOptions extends CommonOptions {
  readonly app: string;
  readonly parameters?: readonly string[];
  readonly failOn?: readonly Does[];
}

export interface PlannedRotation extends Outcome {
  readonly stack: string;
  readonly path: string;
  readonly region: string;
  /** `undefined` if the deployment creates the key, or if it is unknown. */
  readonly keyArn: string | undefined;
  readonly key: string;
  readonly token: string | undefined;
}

/** Prints what deploying an app now would do with each of its rotations. */
export async function plan(stacks: readonly string[], options: PlanOptions, io: Io): Promise<ExitCode> {
  const artifacts = readAssembly(directoryOf(options.app));
  const isWanted = ({ id, stackName }: StackArtifact) =>
    stacks.length === 0 || stacks.includes(id) || stacks.includes(stackName);
  const missing = stacks.find((name) => !artifacts.some(({ id, stackName }) => [id, stackName].includes(name)));
  if (missing !== undefined)
    throw noSuchStack(
      missing,
      options.app,
      artifacts.map(({ id }) => id),
    );
  const aws = new Aws(options.profile, io);
  const gaps = new Gaps(options.profile);
  const region = await onlyRegion(options, aws, 'Stacks without a Region of their own are in one Region');
  const { accountId, arn } = await aws.identity(region);
  const progress = new Progress(io);
  progress.show('Reading what is deployed');
  const app = new PlannedApp(
    aws,
    { partition: arn.split(':')[1] ?? 'aws', region, account: accountId },
    parameters(options),
    gaps,
  );
  await app.read(artifacts, isWanted);
  const resources = app.stacks.flatMap((stack) => rotationsOf(stack, io.now()));
  const planner = new Planner(aws, gaps, io, app);
  const sheet = new Sheet(io, options.output, columns(io));
  const rows: PlannedRotation[] = [];
  for await (const row of planner.rows(resources, (text) => {
    progress.show(text);
  })) {
    rows.push(row);
    progress.clear();
    sheet.write(row);
  }
  for (const { stack, region: where, why } of app.unread) {
    const row: PlannedRotation = {
      stack,
      path: stack,
      region: where,
      keyArn: undefined,
      key: '?',
      token: undefined,
      does: 'unknown',
      why,
    };
    rows.push(row);
    sheet.write(row);
  }
  progress.clear();
  sheet.end();
  if (options.output === 'table') {
    new Set(rows.flatMap(({ sentence }) => sentence ?? [])).forEach((sentence) => {
      io.out(`\n${sentence}\n`);
    });
  }
  io.err(`${summary(rows, planner.times(resources, rows))}\n`);
  gaps.sentences.forEach((sentence) => {
    io.err(`${sentence}\n`);
  });
  if (options.failOn?.some((does) => rows.some((row) => row.does === does))) return EXIT.failed;
  return gaps.isEmpty && app.unread.length === 0 ? EXIT.ok : EXIT.incomplete;
}

/** Reads the rotations' keys, and forecasts each rotation. */
class Planner {
  private readonly readers = new Map<string, RegionReader>();
  /** Keys that the deployment creates, after the rotations planned so far. */
  private readonly newKeys = new Map<string, PlannedKey>();

  public constructor(
    private readonly aws: Aws,
    private readonly gaps: Gaps,
    private readonly io: Io,
    private readonly app: PlannedApp,
  ) {}

  public async *rows(
    resources: readonly RotationResource[],
    show: (text: string) => void,
  ): AsyncIterable<PlannedRotation> {
    show(`Reading ${resources.length} keys`);
    const views = await this.views(resources);
    const enabled = new Map(this.app.stacks.flatMap((stack) => [...stack.enabledKeys]));
    const ledgers = [...views.values()].map(({ keyId, ledger }) => [keyId, ledger.records] as const);
    for (const resource of resources) yield this.row(resource, views, ledgers, enabled);
  }

  /** How long the concurrent rotations of each stack take. */
  public times(resources: readonly RotationResource[], rows: readonly PlannedRotation[]): string[] {
    return this.app.stacks.flatMap((stack) => {
      const rotating = rows.filter((row, index) => resources[index]?.stack === stack && row.does === 'rotates');
      const one = Math.max(...rotating.map(({ seconds = 0 }) => seconds));
      if (rotating.length < 2) return [];
      const logicalId = resources.find((resource) => resource.stack === stack)?.logicalId ?? '';
      const { seconds, waves, concurrency } = fleetTime(rotating.length, one, reservedConcurrency(stack, logicalId));
      const bound =
        waves > 1
          ? `${waves} waves, as its function's concurrency is ${concurrency ?? '?'}`
          : 'side by side, if Lambda runs that many at once';
      const hour =
        seconds > 55 * 60
          ? ' That is more than the hour that CloudFormation waits: deploy again with the same token, or fewer at once.'
          : '';
      return [
        `${stack.name}: ${rotating.length} rotations take at least ${inWords(seconds * 1000)} (3 writes of Parameter Store a second; ${bound}).${hour}`,
      ];
    });
  }

  private async views(resources: readonly RotationResource[]): Promise<Map<string, KeyView>> {
    const arns = [
      ...new Set(
        resources.flatMap(({ asked }) =>
          asked.kind === 'unchanged' || (asked.kind === 'request' && !asked.newKey)
            ? [asked.kind === 'request' ? asked.request.keyArn : asked.keyArn]
            : [],
        ),
      ),
    ];
    const views = new Map<string, KeyView>();
    for (const region of new Set(arns.map((arn) => regionInArn(arn) ?? ''))) {
      const ofRegion = arns.filter((arn) => (regionInArn(arn) ?? '') === region);
      for await (const view of this.reader(region).viewsByArn(ofRegion)) views.set(view.keyArn, view);
    }
    return views;
  }

  private row(
    { stack, path, asked }: RotationResource,
    views: Map<string, KeyView>,
    ledgers: Parameters<typeof usualTime>[0],
    enabled: ReadonlyMap<string, boolean>,
  ): PlannedRotation {
    const of = { stack: stack.name, path, region: stack.place.region };
    const now = this.io.now();
    switch (asked.kind) {
      case 'unknown':
        return { ...of, keyArn: undefined, key: '?', token: asked.token, does: 'unknown', why: asked.why };
      case 'refused':
        return { ...of, keyArn: undefined, key: '?', token: asked.token, ...failed(asked.failure) };
      case 'unchanged':
        return {
          ...of,
          keyArn: asked.keyArn,
          key: this.label(views.get(asked.keyArn), asked.keyArn),
          token: asked.token,
          does: 'nothing',
          why: 'the rotation stays as it is',
        };
      case 'request': {
        const { request, newKey: declared } = asked;
        const { keyArn, token } = request;
        const usual = usualTime(ledgers, request.keyId);
        if (declared) {
          const name = `${stack.name}/${declared.name}`;
          const [outcome, after] = outcomeOf(
            request,
            this.newKeys.get(name) ?? newPlannedKey(declared.key),
            usual,
            now,
          );
          this.newKeys.set(name, after);
          return { ...of, keyArn: undefined, key: `new: ${declared.name}`, token, ...outcome };
        }
        const view = views.get(keyArn);
        const row = { ...of, keyArn, key: this.label(view, keyArn), token };
        if (!view) return { ...row, does: 'unknown', why: 'the key could not be read' };
        const [outcome, after] = outcomeOf(request, withEnabled(view, enabled.get(keyArn)), usual, now);
        // For the next rotation of the key.
        views.set(keyArn, after);
        return { ...row, ...outcome };
      }
    }
  }

  private label(view: KeyView | undefined, keyArn: string): string {
    return view ? nameOf(view) : keyArn;
  }

  private reader(region: string): RegionReader {
    const reader = this.readers.get(region) ?? new RegionReader(this.aws, region, this.gaps, this.io);
    this.readers.set(region, reader);
    return reader;
  }
}

/** The key's own stack may enable or disable it first. */
function withEnabled(view: KeyView, enabled: boolean | undefined): KeyView {
  const { key } = view;
  const before = enabled ? 'Disabled' : 'Enabled';
  if (enabled === undefined || key?.metadata.KeyState !== before) return view;
  return { ...view, key: { ...key, metadata: { ...key.metadata, KeyState: enabled ? 'Enabled' : 'Disabled' } } };
}

function columns({ colors }: Io): Column<PlannedRotation>[] {
  const paints: Record<Does, (text: string) => string> = {
    rotates: colors.green,
    baseline: colors.cyan,
    nothing: colors.dim,
    waits: colors.yellow,
    fails: colors.red,
    unknown: colors.yellow,
  };
  return [
    { header: 'Rotation', cell: ({ path }) => path },
    { header: 'Key', cell: ({ key }) => key },
    { header: 'Token', cell: ({ token }) => token ?? '?' },
    { header: 'Does', cell: ({ does }) => does, paint: ({ does }) => paints[does] },
    { header: '$/month', cell: ({ dollarsPerMonth: dollars }) => dollars && `+${dollars}` },
    { header: 'Why', cell: ({ why, code, does }) => (does === 'fails' ? `[${code ?? ''}], see below` : why) },
  ];
}

function summary(rows: readonly PlannedRotation[], times: readonly string[]): string {
  if (rows.length === 0) return 'The app rotates no key.';
  const number = (does: Does) => rows.filter((row) => row.does === does).length;
  const dollars = rows.reduce((sum, { dollarsPerMonth: each = 0 }) => sum + each, 0);
  const parts: [number, string][] = [
    [number('rotates'), `rotate, for $${dollars} a month more`],
    [number('baseline'), 'record their token only'],
    [number('nothing'), 'do nothing'],
    [number('waits'), 'wait, and may fail'],
    [number('fails'), 'fail'],
    [number('unknown'), 'are not known'],
  ];
  const counts = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`Of ${rows.length} rotations ${counts.join(', ')}.`, ...times].join('\n');
}

/** As for `cdk`, --app may also be a command, whose output is in cdk.out. */
function directoryOf(app: string): string {
  const isDirectory = statSync(app, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory || !app.includes(' ') ? join(app) : 'cdk.out';
}

function parameters({ parameters: given = [] }: PlanOptions): Map<string, string> {
  return new Map(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw badOption(`--parameters takes <name>=<value>, not ${text}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
