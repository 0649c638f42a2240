import { KMS_ACTIONS, LEDGER_ACTIONS, LEDGER_PATH } from '../lib/protocol';
import { aws, kms } from './commands';

/** Which statement a role lacks, and where it belongs, according to AWS's refusal. */
export interface Remedy {
  /** A sentence. */
  readonly why: string;
  readonly run?: string;
  readonly then?: string;
}

/**
 * A key policy may not delegate to IAM; then the role's own policies have no effect.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
 */
export function remedyForKey(keyArn: string, roleArn: string, refusal: string): Remedy {
  const forKeyPolicy = allow({ AWS: roleArn }, KMS_ACTIONS, '*');
  const place = placeOf(refusal);
  if (place && !('lacking' in place && place.lacking === 'resource-based policy')) {
    return inPlace(place, refusal, roleArn, allow(undefined, KMS_ACTIONS, keyArn));
  }
  const action = deniedAction(refusal) ?? 'it';
  return {
    why: place
      ? `The key policy does not allow ${action}.`
      : `Neither the key policy nor, if that delegates to IAM, a policy of the role allows ${action}.`,
    run: kms('get-key-policy', keyArn, '--policy-name default --output text'),
    then: `Add this statement to it with put-key-policy: ${forKeyPolicy}.`,
  };
}

export function remedyForLedger(region: string, roleArn: string, refusal: string): Remedy {
  const [, partition = '*', , , account = '*'] = roleArn.split(':');
  const ledgers = `arn:${partition}:ssm:${region}:${account}:parameter${LEDGER_PATH}/*`;
  return inPlace(
    placeOf(refusal) ?? { lacking: IDENTITY_POLICY },
    refusal,
    roleArn,
    allow(undefined, LEDGER_ACTIONS, ledgers),
  );
}

function deniedAction(refusal: string): string | undefined {
  return /not authorized to perform: ([\w-]+:\w+)/.exec(refusal)?.[1];
}

const IDENTITY_POLICY = 'identity-based policy';

/** The kind of policy that lacks a statement, or has an explicit deny. */
type Place = { readonly lacking: string } | { readonly denying: string };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html#access-denied-message-examples */
function placeOf(refusal: string): Place | undefined {
  const kind = '([\\w -]*?(?:policy|boundary|boundaries))';
  const [, lacking] = new RegExp(`because no ${kind} allows`).exec(refusal) ?? [];
  if (lacking !== undefined) return { lacking };
  const [, denying] = new RegExp(`with an explicit deny in (?:an? )?${kind}`).exec(refusal) ?? [];
  return denying === undefined ? undefined : { denying };
}

function inPlace(place: Place, refusal: string, roleArn: string, statement: string): Remedy {
  const action = deniedAction(refusal) ?? 'it';
  if ('denying' in place) {
    return {
      why: `An explicit deny in a ${place.denying} forbids ${action}, and no other statement can lift that.`,
      then: 'Have the role exempted there.',
    };
  }
  if (place.lacking !== IDENTITY_POLICY) {
    return {
      why: `The ${place.lacking} that the role is subject to does not allow ${action}.`,
      then: `Have this statement added there: ${statement}.`,
    };
  }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [JSON.parse(statement) as object] });
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    why: `No policy of the role allows ${action}.`,
    run: aws(
      `iam put-role-policy --role-name ${roleName} --policy-name OnDemandKeyRotation --policy-document '${document}'`,
    ),
  };
}

function allow(Principal: { AWS: string } | undefined, Action: readonly string[], Resource: string): string {
  return JSON.stringify({ Effect: 'Allow', ...(Principal && { Principal }), Action, Resource });
}
