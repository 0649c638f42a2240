import { Module } from 'node:module';
import type { Cdk } from './site';

interface Loader {
  _cache: Record<string, NodeJS.Module | undefined>;
  readonly prototype: { require: (this: NodeJS.Module, id: string) => unknown };
}

/**
 * A second copy of aws-cdk-lib and constructs, as two folders of a workspace have: the same files, loaded once more. The CDK loads most
 * of its files when they are needed, so whatever the copy requires later on comes from its own cache too.
 */
export function loadSecondCdk(require: NodeJS.Require): Cdk {
  const loader = Module as unknown as Loader;
  const original = loader.prototype.require;
  const cache: Loader['_cache'] = {};
  const inCopy = <T>(act: () => T): T => {
    const outer = loader._cache;
    loader._cache = cache;
    try {
      return act();
    } finally {
      loader._cache = outer;
    }
  };
  loader.prototype.require = function (id) {
    const isOfCopy = cache[this.filename] === this;
    return isOfCopy ? inCopy(() => original.call(this, id)) : original.call(this, id);
  };
  return inCopy(() => require('aws-cdk-lib') as Cdk);
}
