import { nameOf, textOf } from '../lambda/aws-error';
import { type Problem, expiredCredentials, noCredentials, noRegion, regionRefused, unreachable } from './problem';

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
/**
 * A Region that is not enabled accepts none of the account's credentials.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const REFUSED = new Set([
  'AuthFailure',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RegionDisabledException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const NETWORK = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/** Why no call can succeed in a Region, if the error says so; `undefined` if only this call is affected. */
export function accessProblem(error: unknown, region: string, profile: string | undefined): Problem | undefined {
  const name = nameOf(error);
  const text = textOf(error);
  if (EXPIRED.has(name)) return expiredCredentials(profile);
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return /expired/i.test(text) ? expiredCredentials(profile) : noCredentials(profile, messageOf(error));
  }
  if (REFUSED.has(name)) return regionRefused(region, text);
  if (text.includes('Region is missing')) return noRegion();
  return isNetwork(error) ? unreachable(region, messageOf(error)) : undefined;
}

function isNetwork(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && NETWORK.has(code);
}

/** Without the name, which adds nothing for these errors, and without a full stop. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message === '' ? textOf(error) : message).split('\n', 1).join('').replace(/\.$/, '');
}
