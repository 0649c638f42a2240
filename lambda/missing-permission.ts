import { KMS_ACTIONS, LEDGER_ACTIONS, LEDGER_PATH } from '../lib/protocol';

/**
 * Which statement a role lacks to rotate a key, and where it belongs: what AWS's refusal tells of it.
 *
 * A key policy need not delegate to IAM, and then the role's own policies count for nothing.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
 */
export function missingForKey(keyArn: string, roleArn: string, refusal: string): string {
  const forKeyPolicy = allow({ AWS: roleArn }, KMS_ACTIONS, '*');
  const forRole = allow(undefined, KMS_ACTIONS, keyArn);
  const place = placeOf(refusal);
  if (place && 'lacking' in place && place.lacking === 'resource-based policy')
    return `Add this statement to the key policy: ${forKeyPolicy}.`;
  if (place) return inPlace(place, forRole);
  return `Add this statement to the key policy, ${forKeyPolicy}, or, if that delegates to IAM policies, this one to the role: ${forRole}.`;
}

/** Which statement a role lacks to read and write the ledgers of one Region, and where it belongs. */
export function missingForLedger(region: string, roleArn: string, refusal: string): string {
  const [, partition = '*', , , account = '*'] = roleArn.split(':');
  const ledgers = `arn:${partition}:ssm:${region}:${account}:parameter${LEDGER_PATH}/*`;
  const statement = allow(undefined, LEDGER_ACTIONS, ledgers);
  return inPlace(placeOf(refusal) ?? { lacking: IDENTITY_POLICY }, statement);
}

/** The action that a refusal names; the rest of its text says who asked, and why not. */
export function deniedAction(refusal: string): string | undefined {
  return /not authorized to perform: ([\w-]+:\w+)/.exec(refusal)?.[1];
}

const IDENTITY_POLICY = 'identity-based policy';

/** The kind of policy that lacks a statement, or that denies explicitly. */
type Place = { readonly lacking: string } | { readonly denying: string };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html#access-denied-message-examples */
function placeOf(refusal: string): Place | undefined {
  const kind = '([\\w -]*?(?:policy|boundary|boundaries))';
  const [, lacking] = new RegExp(`because no ${kind} allows`).exec(refusal) ?? [];
  if (lacking !== undefined) return { lacking };
  const [, denying] = new RegExp(`with an explicit deny in (?:an? )?${kind}`).exec(refusal) ?? [];
  return denying === undefined ? undefined : { denying };
}

function inPlace(place: Place, statement: string): string {
  if ('denying' in place)
    return `An explicit deny in a ${place.denying} forbids it, and no other statement can lift that: have the role exempted there.`;
  return place.lacking === IDENTITY_POLICY
    ? `Add this statement to a policy of the role: ${statement}.`
    : `The ${place.lacking} that the role is subject to does not allow it. Have this statement added there: ${statement}.`;
}

function allow(Principal: { AWS: string } | undefined, Action: readonly string[], Resource: string): string {
  return JSON.stringify({ Effect: 'Allow', ...(Principal && { Principal }), Action, Resource });
}
