import { Module } from 'node:module';
import type { Cdk } from './site';

interface Loader {
  _cache: Record<string, NodeJS.Module | undefined>;
  readonly prototype: { require: (this: NodeJS.Module, id: string) => unknown };
}

/**
 * A second copy of aws-cdk-lib and constructs, as in another folder of a workspace: the same files, loaded into a separate module cache.
 * The CDK loads most files lazily, so whatever the copy requires later also comes from that cache.
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
