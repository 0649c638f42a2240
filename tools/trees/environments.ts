import type { Environment } from 'aws-cdk-lib';
import type { AppPlan, Elsewhere } from './plan';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
const OTHER_ACCOUNT = '444455556666';
const OTHER_REGION = 'us-east-1';

/** Where an app is deployed to, as far as it says. */
export function environmentOf({ environment }: AppPlan): Environment {
  return environment === 'known' ? { account: ACCOUNT, region: REGION } : {};
}

/** Where a part of something is. */
export function within(whole: Environment, elsewhere: Elsewhere): Environment {
  switch (elsewhere) {
    case 'here':
      return whole;
    case 'other Region':
      return { account: whole.account ?? ACCOUNT, region: OTHER_REGION };
    case 'other account':
      return { account: OTHER_ACCOUNT, region: whole.region ?? REGION };
  }
}
