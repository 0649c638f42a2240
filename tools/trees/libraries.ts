/**
 * The library as apps load it: unchanged, as a second copy, bundled, or with a deliberate defect.
 */
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { loadSecondCdk } from './second-cdk';
import type { Cdk, Library } from './site';

/** A deliberate defect: replaces a fragment of the library's source. */
export interface Defect {
  readonly name: string;
  /** The file in `lib/`. */
  readonly file: string;
  readonly fragment: string;
  readonly replacement: string;
}

/** The CDK and the library that apps are built with. */
export interface World {
  readonly cdk: Cdk;
  /** A copy of aws-cdk-lib other than the library's. */
  readonly otherCdk: () => Cdk;
  readonly library: typeof Library;
  /** The library, loaded a second time. */
  readonly otherCopy: typeof Library;
  /** The library, bundled into an app. */
  readonly bundled: typeof Library;
}

/** Bundles the library from a project's `lib/` into a folder, from which it resolves the wanted CDK. */
export class Libraries {
  private readonly require: NodeJS.Require;
  private readonly cdk: Cdk;
  private second?: Cdk;

  public constructor(
    private readonly project: string,
    private readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
    this.require = createRequire(join(folder, 'require.js'));
    this.cdk = this.require('aws-cdk-lib') as Cdk;
  }

  /** The version of aws-cdk-lib. */
  public get version(): string {
    return (this.require('aws-cdk-lib/package.json') as { version: string }).version;
  }

  /** The library as it is, or with a defect. */
  public async world(defect?: Defect): Promise<World> {
    const file = join(this.folder, `${defect ? defect.name.replaceAll(/\W+/g, '-') : 'library'}.js`);
    await this.bundle(file, [keepDirname(defect)]);
    return {
      cdk: this.cdk,
      otherCdk: () => (this.second ??= loadSecondCdk(this.require)),
      library: this.load(file),
      otherCopy: this.load(file),
      bundled: await this.bundled(),
    };
  }

  /** The app has its own `lambda/dist`, just where the bundled library looks for its handler. */
  private async bundled(): Promise<typeof Library> {
    const file = join(this.folder, 'bundled-app', 'dist', 'app.js');
    if (!this.require.cache[file]) {
      const other = join(this.folder, 'bundled-app', 'lambda', 'dist');
      mkdirSync(other, { recursive: true });
      await writeFile(join(other, 'index.js'), 'exports.handler = async () => {};');
      await this.bundle(file, []);
    }
    return this.require(file) as typeof Library;
  }

  private async bundle(outfile: string, plugins: Plugin[]): Promise<void> {
    await build({
      entryPoints: [join(this.project, 'lib', 'index.ts')],
      bundle: true,
      platform: 'node',
      target: 'node20',
      external: ['aws-cdk-lib', 'constructs'],
      outfile,
      logLevel: 'warning',
      plugins,
    });
  }

  /** Bypasses the module cache. */
  private load(file: string): typeof Library {
    this.require.cache[this.require.resolve(file)] = undefined;
    return this.require(file) as typeof Library;
  }
}

/** Keeps the sources' `__dirname`: the library would look for its handler beside the bundle otherwise. */
function keepDirname(defect?: Defect): Plugin {
  return {
    name: 'keep-dirname',
    setup(building) {
      let isDone = defect === undefined;
      building.onLoad({ filter: /[\\/]lib[\\/][\w-]+\.ts$/ }, async ({ path }) => {
        let source = await readFile(path, 'utf8');
        if (basename(path) === defect?.file) {
          const pieces = source.split(defect.fragment);
          if (pieces.length !== 2)
            throw new Error(
              `Mutation "${defect.name}": its fragment occurs ${pieces.length - 1} times in ${defect.file}, not once`,
            );
          source = pieces.join(defect.replacement);
          isDone = true;
        }
        return { contents: source.replaceAll('__dirname', JSON.stringify(dirname(path))), loader: 'ts' };
      });
      building.onEnd(() => {
        if (!isDone) throw new Error(`Mutation "${defect?.name ?? ''}": the library has no ${defect?.file ?? ''}`);
      });
    },
  };
}
