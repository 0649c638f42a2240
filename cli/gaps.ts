import { faultOf, textOf } from '../lambda/aws-error';
import type { Damage } from '../lambda/ledger-record';
import { accessProblem } from './aws-problem';

interface Gap {
  readonly subjects: string[];
  readonly why: string;
}

const DAMAGE = {
  stray: 'does not belong in a ledger of rotations',
  unreadable: 'of a ledger of rotations is not a record',
  changed: 'of a ledger of rotations was changed; records never change',
} as const;

/** What could not be read, so that the rest can be shown as incomplete. */
export class Gaps {
  private readonly byOperation = new Map<string, Gap>();
  private readonly damage = new Map<string, Damage['kind']>();

  public constructor(private readonly profile: string | undefined) {}

  public get isEmpty(): boolean {
    return this.byOperation.size + this.damage.size === 0;
  }

  /**
   * Makes an optional read; `undefined` if it fails.
   *
   * @param operation as IAM names it.
   * @throws Problem if no call can succeed there.
   */
  public async attempt<T>(operation: string, subject: string, region: string, read: () => Promise<T>) {
    try {
      return await read();
    } catch (error) {
      const problem = accessProblem(error, region, this.profile);
      if (problem) throw problem;
      this.add(operation, subject, error);
      return undefined;
    }
  }

  public add(operation: string, subject: string, error: unknown): void {
    const what = faultOf(error) === 'denied' ? `${operation} is not allowed` : `${operation} failed`;
    const gap = this.byOperation.get(what) ?? { subjects: [], why: textOf(error) };
    gap.subjects.push(subject);
    this.byOperation.set(what, gap);
  }

  public addDamage(kind: Damage['kind'], parameter: string): void {
    this.damage.set(parameter, kind);
  }

  /** One sentence for each damaged parameter, and for each operation that failed. */
  public get sentences(): string[] {
    return [...this.damageSentences, ...this.gapSentences];
  }

  private get damageSentences(): string[] {
    return [...this.damage].map(
      ([parameter, kind]) =>
        `[LedgerDamaged] Parameter ${parameter} ${DAMAGE[kind]}. What is shown of this key may be incomplete.`,
    );
  }

  private get gapSentences(): string[] {
    return [...this.byOperation].map(([what, { subjects, why }]) => {
      const [first = '', ...more] = [...new Set(subjects)];
      const others = more.length === 0 ? '' : ` and ${more.length} more`;
      return `[Incomplete] ${what} for ${first}${others}. What is missing is marked "?". AWS says: ${why}.`;
    });
  }
}
