/**
 * The library as apps load it: as it is, a second time, or with a deliberate defect.
 */
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { loadSecondCdk } from './second-cdk';
import type { Cdk, Library } from './site';

/** A deliberate defect: a fragment of the library's source, and what takes its place. */
export interface Defect {
  readonly name: string;
  /** The file in `lib/`. */
  readonly file: string;
  readonly fragment: string;
  readonly by: string;
}

/** What an app is made with. */
export interface World {
  readonly cdk: Cdk;
  /** Another copy of aws-cdk-lib than the one that the library uses. */
  readonly otherCdk: () => Cdk;
  readonly library: typeof Library;
  /** The library loaded from another place. */
  readonly otherCopy: typeof Library;
  /** The library as a bundler has made it part of an app. */
  readonly bundled: typeof Library;
}

/** Bundles and loads the library from `lib/` of a project into a folder that finds the CDK which is meant. */
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

  /** Of aws-cdk-lib. */
  public get version(): string {
    return (this.require('aws-cdk-lib/package.json') as { version: string }).version;
  }

  /** The library as it is, or with a defect. */
  public async world(defect?: Defect): Promise<World> {
    const file = join(this.folder, `${defect ? defect.name.replaceAll(/\W+/g, '-') : 'library'}.js`);
    await this.bundle(file, [inItsPlace(defect)]);
    return {
      cdk: this.cdk,
      otherCdk: () => (this.second ??= loadSecondCdk(this.require)),
      library: this.load(file),
      otherCopy: this.load(file),
      bundled: await this.bundled(),
    };
  }

  /** In a project that has a `lambda/dist` of its own, just where the bundled library looks for its handler. */
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

  /** Each time anew. */
  private load(file: string): typeof Library {
    this.require.cache[this.require.resolve(file)] = undefined;
    return this.require(file) as typeof Library;
  }
}

/** Bundled, the library would look for its handler beside the bundle: each source keeps the folder that it has. */
function inItsPlace(defect?: Defect): Plugin {
  return {
    name: 'in its place',
    setup(building) {
      let isDone = defect === undefined;
      building.onLoad({ filter: /[\\/]lib[\\/][\w-]+\.ts$/ }, async ({ path }) => {
        let source = await readFile(path, 'utf8');
        if (basename(path) === defect?.file) {
          const pieces = source.split(defect.fragment);
          if (pieces.length !== 2)
            throw new Error(
              `Mutation "${defect.name}": its fragment is ${pieces.length - 1} times in ${defect.file}, not once`,
            );
          source = pieces.join(defect.by);
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
