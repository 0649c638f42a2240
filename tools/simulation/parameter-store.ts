import type { Parameter } from '../../lambda/services';
import { awsError } from './aws-error';
import type { Creation } from './configuration';

interface Version {
  readonly at: number;
  readonly value: string;
  /** The version number in Parameter Store. */
  readonly number: number;
}

/** If creation is not atomic, creations this close together all succeed; milliseconds. */
const CONCURRENT = 10_000;

/** Parameter Store of one Region. Each item of a read may lag. */
export class ParameterStore {
  /** The Region has reached its limit of parameters. */
  public isFull = false;
  private readonly paths = new Map<string, Map<string, Version[]>>();

  public constructor(
    private readonly pageSize: number,
    private readonly creation: Creation,
  ) {}

  /** @returns the version in the response. */
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
      // Shown to all reads at once; otherwise a read could show more than the next.
      if (last) first?.push({ at: -Infinity, value: change(last.value), number: last.number + 1 });
    }
  }

  /** Somebody creates a parameter that looks like the first record of a key, if there is room. */
  public stray(keyId: string, now: number): void {
    if (this.isFull) return;
    for (const [path, below] of this.paths) {
      const name = `${path}/01`;
      if (path.endsWith(`/${keyId}`) && !below.has(name)) this.create(name, '{}', now);
    }
  }

  /** Repairs the ledgers as the handler's failures advise: restores records and deletes strays. */
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

  /** The number of records in the longest ledger. */
  public get longest(): number {
    return Math.max(0, ...[...this.paths.values()].map(({ size }) => size));
  }

  /**
   * A page of the parameters directly below a path.
   *
   * @param asOf the time whose state an item shows; the newest item is the one created last.
   */
  public list(
    path: string,
    token: string | undefined,
    asOf: (isNewest: boolean) => number,
  ): { parameters: Parameter[]; nextToken?: string } {
    const all = [...(this.paths.get(path) ?? [])];
    const from = Number(token ?? 0);
    const to = from + this.pageSize;
    const parameters = all.flatMap(([name, versions], i) => {
      if (i < from || i >= to) return [];
      const time = asOf(i === all.length - 1);
      const version = versions.findLast(({ at }) => at <= time);
      return version ? [{ name, value: version.value, version: version.number }] : [];
    });
    return { parameters, ...(to < all.length && { nextToken: String(to) }) };
  }
}
