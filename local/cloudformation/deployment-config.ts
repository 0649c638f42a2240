/**
 * How CloudFormation carries out an operation on a stack.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentConfig.html
 */
export interface DeploymentConfig {
  readonly Mode: 'STANDARD' | 'EXPRESS';
  readonly DisableRollback: boolean;
}

export const STANDARD: DeploymentConfig = { Mode: 'STANDARD', DisableRollback: false };

/** The request members that select a configuration. Booleans arrive as strings. */
export interface DeploymentConfigInput {
  readonly DisableRollback?: string;
  readonly OnFailure?: string;
  readonly OnStackFailure?: string;
  readonly DeploymentConfig?: { readonly Mode?: string; readonly DisableRollback?: string };
}

/** Express mode disables rollback by default. https://github.com/aws/aws-cdk-cli/pull/1745 */
export function readDeploymentConfig(input: DeploymentConfigInput, inherited = STANDARD): DeploymentConfig {
  const { DisableRollback, OnFailure = input.OnStackFailure, DeploymentConfig: config } = input;
  const Mode = config ? (config.Mode === 'EXPRESS' ? 'EXPRESS' : 'STANDARD') : inherited.Mode;
  const explicit = config?.DisableRollback ?? DisableRollback;
  return {
    Mode,
    DisableRollback:
      explicit === undefined
        ? OnFailure === 'DO_NOTHING' || (config ? Mode === 'EXPRESS' : inherited.DisableRollback)
        : explicit === 'true',
  };
}
