/**
 * Uses the package from each language as its users do: builds it, installs it into an empty app, synthesizes the examples with
 * the oldest and the newest CDK, and compares the templates with those of TypeScript.
 *
 *     npm run languages:check -- [--keep] [<language>…]
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../../tools/packages/command';
import { LanguagePackages } from '../../tools/packages/languages';
import { pack } from '../../tools/packages/tarball';
import { differences, synthesizeAll } from './assembly';
import { DotNet, readGenerated } from './dotnet';
import { Go } from './go';
import { Java } from './java';
import { type Cdk, EXAMPLES, type Language, type LanguageApp, type Place } from './language';
import { Python } from './python';
import { complaints, foreignWords } from './refusals';
import { type Row, table } from './report';
import { missing } from './toolchain';
import { TypeScript, TypeScriptApp } from './typescript';

/** Many machines lack it, so its generated code is read instead. */
const OPTIONAL = '.NET';

class Check {
  public readonly rows: Row[] = [];
  public hasFailed = false;

  private constructor(
    private readonly place: Place,
    private readonly packages: LanguagePackages,
    private readonly typescript: TypeScript,
  ) {}

  public static async prepare(project: string, workspace: string): Promise<Check> {
    const tarball = await pack(project, workspace);
    const packages = await LanguagePackages.from(tarball, project, workspace);
    const newestCdk = (await run('npm', ['view', 'aws-cdk-lib', 'version'], workspace)).trim();
    const place = { project, workspace, tarball, newestCdk };
    return new Check(place, packages, new TypeScript(place));
  }

  public async run(wanted: readonly string[]): Promise<void> {
    const languages = [
      this.typescript,
      new Python(this.place, this.packages),
      new Java(this.place, this.packages),
      new Go(this.place, this.packages),
      new DotNet(this.place, this.packages),
    ];
    const chosen = languages.filter(({ folder }) => wanted.length === 0 || wanted.includes(folder));
    const reading = this.row('.NET', 'generated code, read', () => readGenerated(this.place, this.packages));
    await Promise.all([reading, ...chosen.map((language) => this.checkLanguage(language))]);
  }

  private async checkLanguage(language: Language): Promise<void> {
    const lacking = missing(language.tools);
    if (lacking.length > 0) {
      const isFailure = language.name !== OPTIONAL && process.env.CI === 'true';
      this.note(
        { language: language.name, what: 'all', result: `NOT CHECKED: no ${lacking.join(', ')} here` },
        isFailure,
      );
      return;
    }
    if (!(await this.row(language.name, 'package', () => language.build()))) return;
    for (const cdk of ['floor', 'newest'] as const) {
      await this.row(language.name, cdk, () => this.checkApp(language, cdk));
    }
  }

  /** Returns the version of the CDK that was used. */
  private async checkApp(language: Language, cdk: Cdk): Promise<string> {
    const directory = join(this.place.workspace, `${language.folder}-${cdk}`);
    const app = await language.createApp(directory, cdk);
    const found = [...(await this.wrongTemplates(app)), ...(await this.wrongRefusals(app)), ...(await app.mistakes())];
    if (found.length > 0) throw new Error(found.join('\n'));
    return app.cdkVersion;
  }

  private async wrongTemplates(app: LanguageApp): Promise<string[]> {
    const { templates: expected } = await this.typescript.reference(app.cdkVersion);
    // TypeScript is the reference itself.
    const templates = app instanceof TypeScriptApp ? expected : await synthesizeAll(this.place.project, app);
    return EXAMPLES.flatMap((example) => differences(example, expected.get(example), templates.get(example)));
  }

  private async wrongRefusals(app: LanguageApp): Promise<string[]> {
    const { sentences } = await this.typescript.reference(app.cdkVersion);
    if (app instanceof TypeScriptApp) return [...complaints(sentences, sentences), ...foreignWords(sentences)];
    const refusals = await app.refusals();
    return refusals.flatMap((each) => complaints(each, sentences));
  }

  /** Runs one check, adds its row to the table, and returns whether it succeeded. */
  private async row(language: string, what: string, act: () => Promise<unknown>): Promise<boolean> {
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1000;
    try {
      const done = await act();
      const cdkVersion = typeof done === 'string' ? done : '';
      this.note({ language, what, cdkVersion, result: 'ok', seconds: seconds() });
      return true;
    } catch (error) {
      this.note({ language, what, result: 'FAILED', seconds: seconds() }, true);
      console.error(`\n${language}, ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
      return false;
    }
  }

  private note(row: Pick<Row, 'language' | 'what' | 'result'> & Partial<Row>, isFailure = false): void {
    this.rows.push({ cdkVersion: '', seconds: 0, ...row });
    this.hasFailed ||= isFailure;
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keep: { type: 'boolean', default: false } },
  });
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'languages-check-')));
  const remove = () => {
    if (!values.keep) rmSync(workspace, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      remove();
      process.exit(1);
    });
  }
  try {
    const check = await Check.prepare(process.cwd(), workspace);
    await check.run(positionals);
    console.log(table(check.rows));
    if (values.keep) console.log(`\nAll of it is in ${workspace}`);
    if (check.hasFailed) process.exitCode = 1;
  } finally {
    remove();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
