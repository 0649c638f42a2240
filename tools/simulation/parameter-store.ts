import type { Parameter } from '../../lambda/services';
import { awsError } from './aws-error';
import type { Creation } from './configuration';

interface Version {
  readonly at: number;
  readonly value: string;
  /** As Parameter Store counts. */
  readonly number: number;
}

/** Where creation is not atomic, creations so close to each other all succeed; milliseconds. */
const CONCURRENT = 10_000;

/** Parameter Store of one Region. Each item that is read may be as it was a while ago. */
export class ParameterStore {
  /** The Region has as many parameters as it may have. */
  public isFull = false;
  private readonly paths = new Map<string, Map<string, Version[]>>();

  public constructor(
    private readonly pageSize: number,
    private readonly creation: Creation,
  ) {}

  /** @returns the version that the answer tells. */
  public create(name: string, value: string, now: number): number {
    const path = name.slice(0, name.lastIndexOf('/'));
    const below = this.paths.get(path) ?? new Map<string, Version[]>();
    const versions = below.get(name) ?? [];
    const [first] = versions;
    if (first && (this.creation === 'atomic' || now - first.at > CONCURRENT)) throw awsError('ParameterAlreadyExists');
    if (this.isFull) throw awsError('ParameterLimitExceeded');
    const number = this.creation === 'both succeed, and nobody is told' ? 1 : versions.length + 1;
    versions.push({ at: now, value, number });
    this.paths.set(path, below.set(name, versions));
    return number;
  }

  /** Somebody overwrites the first record of a key. */
  public tamper(keyId: string, change: (value: string) => string): void {
    for (const [path, below] of this.paths) {
      const [first] = path.endsWith(`/${keyId}`) ? below.values() : [];
      const last = first?.at(-1);
      // At once for everybody, or else one read would show more than the next.
      if (last) first?.push({ at: -Infinity, value: change(last.value), number: last.number + 1 });
    }
  }

  /** Somebody creates a parameter that looks like the first record of a key. */
  public stray(keyId: string, now: number): void {
    for (const [path, below] of this.paths) {
      const name = `${path}/01`;
      if (path.endsWith(`/${keyId}`) && !below.has(name)) this.create(name, '{}', now);
    }
  }

  /** Puts right what somebody has done to a ledger, as the handler's sentences say: records are restored, strays deleted. */
  public repair(): void {
    for (const below of this.paths.values()) {
      for (const [name, versions] of below) {
        if (name.endsWith('/01')) below.delete(name);
        else versions.splice(1);
      }
    }
  }

  public sizeOf(path: string): number {
    return this.paths.get(path)?.size ?? 0;
  }

  /** The most parameters that lie below a path. */
  public get longest(): number {
    return Math.max(0, ...[...this.paths.values()].map(({ size }) => size));
  }

  /**
   * A page of the parameters right below a path.
   *
   * @param viewOf The time whose state an item shows; `newest` is the one that was created last.
   */
  public list(
    path: string,
    token: string | undefined,
    viewOf: (newest: boolean) => number,
  ): { parameters: Parameter[]; nextToken?: string } {
    const all = [...(this.paths.get(path) ?? [])];
    const from = Number(token ?? 0);
    const to = from + this.pageSize;
    const parameters = all.flatMap(([name, versions], i) => {
      if (i < from || i >= to) return [];
      const view = viewOf(i === all.length - 1);
      const version = versions.findLast(({ at }) => at <= view);
      return version ? [{ name, value: version.value, version: version.number }] : [];
    });
    return { parameters, ...(to < all.length && { nextToken: String(to) }) };
  }
}
