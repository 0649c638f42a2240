import type { Environment } from 'aws-cdk-lib';
import type { AppPlan, Elsewhere } from './plan';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
const OTHER_ACCOUNT = '444455556666';
const OTHER_REGION = 'us-east-1';

/** The environment that an app specifies, if any. */
export function environmentOf({ environment }: AppPlan): Environment {
  return environment === 'known' ? { account: ACCOUNT, region: REGION } : {};
}

/** The environment of a stack or stage inside another environment. */
export function within(outer: Environment, elsewhere: Elsewhere): Environment {
  switch (elsewhere) {
    case 'here':
      return outer;
    case 'other Region':
      return { account: outer.account ?? ACCOUNT, region: OTHER_REGION };
    case 'other account':
      return { account: OTHER_ACCOUNT, region: outer.region ?? REGION };
  }
}
