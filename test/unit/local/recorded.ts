import type { LoggedCall } from '../../../local/wire/interception';
import { refusal } from './services-on-the-wire';

/** Recordings of AWS by the authors of two emulators. */
export const STACKD = 'github.com/radkawar/stackd at 9dc356f, testdata/aws';
export const LOCALSTACK = 'github.com/localstack/localstack at 8b9a79f, tests/aws/services';

/** An error response. */
export class Refused {
  public constructor(
    public readonly name: string,
    public readonly message: string,
  ) {}
}

/** A response that was recorded from AWS or is documented. */
export interface Row<World, Subject> {
  readonly operation: string;
  /** The resource or the circumstances of the call. */
  readonly when: string;
  readonly subject: (world: World) => Subject | Promise<Subject>;
  readonly call: (world: World, subject: Subject) => Promise<object>;
  /** The whole output, or the error. */
  readonly answer: (subject: Subject, world: World) => object;
  /** The recording, or the page of AWS's documentation. */
  readonly source: string;
}

/** Makes a row's call over the wire and compares the response. */
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
