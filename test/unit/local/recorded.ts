import type { LoggedCall } from '../../../local/wire/interception';
import { refusal } from './services-on-the-wire';

/** Recordings of AWS by the authors of two emulators. */
export const STACKD = 'github.com/radkawar/stackd at 9dc356f, testdata/aws';
export const LOCALSTACK = 'github.com/localstack/localstack at 8b9a79f, tests/aws/services';

/** An answer that is an error. */
export class Refused {
  public constructor(
    public readonly name: string,
    public readonly message: string,
  ) {}
}

/** One answer of AWS that was recorded, or that its documentation promises. */
export interface Row<World, Subject> {
  readonly operation: string;
  /** What the call is made on. */
  readonly when: string;
  readonly subject: (world: World) => Subject | Promise<Subject>;
  readonly call: (world: World, subject: Subject) => Promise<object>;
  /** The whole output, or the error. */
  readonly answer: (subject: Subject, world: World) => object;
  /** Who recorded it and where, or the page of AWS. */
  readonly source: string;
}

/** Makes the call of a row, over the wire, and compares. */
export async function expectRecorded<World extends { readonly calls: readonly LoggedCall[] }, Subject>(
  world: World,
  row: Row<World, Subject>,
): Promise<void> {
  const subject = await row.subject(world);
  const call = row.call(world, subject);
  const answer = row.answer(subject, world);
  if (answer instanceof Refused) {
    expect(await refusal(call)).toEqual({ name: answer.name, message: answer.message });
  } else {
    expect({ ...(await call), $metadata: undefined }).toEqual(answer);
  }
  expect(world.calls.at(-1)?.operation).toBe(row.operation);
}
