/** One command of the story, and its expected outcome. */
export interface Act {
  readonly title: string;
  /** Arguments of `cdk`. */
  readonly command: readonly string[];
  /** As the closing table names it. */
  readonly token: string;
  readonly expected: Expectation;
  /** Shows what the command prints: outputs, or the reasons of a failure. */
  readonly quotes?: true;
}

export interface Expectation {
  /** Whether the command succeeds. */
  readonly succeeds: boolean;
  /** The stack's status afterwards. */
  readonly stack: string;
  /** Calls of RotateKeyOnDemand during the command, on whichever key. */
  readonly calls: number;
  /** On-demand rotations in KMS's history of the stack's key, since the key was made. */
  readonly rotations: number;
  /** Whether the key's current material has changed. */
  readonly newMaterial: boolean;
  /** What the command's output must contain. */
  readonly says?: readonly string[];
}

export const STACK = 'OnDemandKeyRotationExample';

/**
 * A key's life in seven commands.
 *
 * @param ineligibleKeyArn an HMAC key, which KMS cannot rotate.
 */
export function story(ineligibleKeyArn: string): readonly Act[] {
  return [
    {
      title: 'The first deployment makes a key and rotates it.',
      command: deploy('first'),
      token: 'first',
      quotes: true,
      expected: {
        succeeds: true,
        stack: 'CREATE_COMPLETE',
        calls: 1,
        rotations: 1,
        newMaterial: true,
        says: ['KeyMaterialId = '],
      },
    },
    {
      title: 'The same again: the token has not changed, so nothing happens.',
      command: deploy('first'),
      token: 'first',
      expected: {
        succeeds: true,
        stack: 'CREATE_COMPLETE',
        calls: 0,
        rotations: 1,
        newMaterial: false,
        says: ['no changes'],
      },
    },
    {
      title: 'A new token rotates the key again.',
      command: deploy('second'),
      token: 'second',
      expected: {
        succeeds: true,
        stack: 'UPDATE_COMPLETE',
        calls: 1,
        rotations: 2,
        newMaterial: true,
        says: ['KeyMaterialId = '],
      },
    },
    {
      title:
        'A new token, and then another resource fails: it wants an alias under alias/aws/, which KMS reserves. The key has rotated, and the rollback rotates nothing.',
      command: deploy('third', 'failingResource=true'),
      token: 'third',
      quotes: true,
      expected: {
        succeeds: false,
        stack: 'UPDATE_ROLLBACK_COMPLETE',
        calls: 1,
        rotations: 3,
        newMaterial: true,
        says: ['FailingResource'],
      },
    },
    {
      title:
        'The same token once more, without the failing resource: its rotation has happened, so there is no second one.',
      command: deploy('third'),
      token: 'third',
      quotes: true,
      expected: {
        succeeds: true,
        stack: 'UPDATE_COMPLETE',
        calls: 0,
        rotations: 3,
        newMaterial: false,
        says: ['KeyMaterialId = '],
      },
    },
    {
      title: 'An HMAC key instead, which KMS cannot rotate: refused with a sentence, and rolled back.',
      command: deploy('fourth', `keyArn=${ineligibleKeyArn}`),
      token: 'fourth',
      quotes: true,
      expected: {
        succeeds: false,
        stack: 'UPDATE_ROLLBACK_COMPLETE',
        calls: 0,
        rotations: 3,
        newMaterial: false,
        says: [`[KeySpec] NOT ROTATED. Key ${ineligibleKeyArn}`],
      },
    },
    {
      title: 'The stack is destroyed. KMS keeps a key that is scheduled for deletion, and its history, for days.',
      command: ['destroy', STACK, '--force', ...context('third')],
      token: '–',
      expected: { succeeds: true, stack: 'DELETE_COMPLETE', calls: 0, rotations: 3, newMaterial: false },
    },
  ];
}

function deploy(token: string, ...more: readonly string[]): string[] {
  return ['deploy', STACK, '--require-approval=never', ...context(token, ...more)];
}

function context(token: string, ...more: readonly string[]): string[] {
  return [`rotationToken=${token}`, ...more].flatMap((value) => ['-c', value]);
}
