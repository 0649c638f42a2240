import { validationError } from '../wire/input';
import { ServiceError } from '../wire/service';

export type Tier = 'Standard' | 'Advanced';
export type TierSetting = Tier | 'Intelligent-Tiering';

export const TIER_SETTINGS: readonly TierSetting[] = ['Standard', 'Advanced', 'Intelligent-Tiering'];

const MAX_BYTES: Record<Tier, number> = { Standard: 4096, Advanced: 8192 };
const TIERS_PAGE =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

/** An advanced parameter never becomes a standard one again. */
export function tierOf(setting: TierSetting, value: string, before?: Tier): Tier {
  if (before === 'Advanced' && setting === 'Standard') {
    throw validationError(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
    );
  }
  if (before === 'Advanced' || setting === 'Advanced') {
    return 'Advanced';
  }
  return setting === 'Intelligent-Tiering' && Buffer.byteLength(value) > MAX_BYTES.Standard ? 'Advanced' : 'Standard';
}

export function checkValue(value: string, tier: Tier): void {
  if (Buffer.byteLength(value) > MAX_BYTES[tier]) {
    throw validationError(
      tier === 'Standard'
        ? `Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${TIERS_PAGE}`
        : `Advanced tier parameters support a maximum parameter value of 8192 characters.`,
    );
  }
  if (/\{\{.*\}\}/s.test(value)) {
    throw validationError(
      `Parameter value: '${value}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
    );
  }
}

/** The whole value has to match. */
export function checkPattern(value: string, allowedPattern: string): void {
  if (!compilePattern(allowedPattern).test(value)) {
    throw new ServiceError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
    );
  }
}

function compilePattern(allowedPattern: string): RegExp {
  try {
    return new RegExp(`^(?:${allowedPattern})$`);
  } catch {
    throw new ServiceError('InvalidAllowedPatternException', 'The syntax of the allowedPattern parameter is invalid.');
  }
}
