import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Aws } from './aws';
import { FORMATS, type Format } from './sheet';

/** What every command takes. */
export interface CommonOptions {
  readonly profile?: string;
  readonly region?: readonly string[];
  readonly output: Format;
}

export function withCommonOptions(command: Command, formats: readonly string[] = FORMATS): Command {
  return command
    .option('--profile <name>', 'the profile of the AWS configuration (default: what the AWS SDK finds)')
    .option('--region <region>', 'repeatable (default: what the AWS SDK finds)', collect)
    .addOption(new Option('--output <format>', 'how to print').choices(formats).default('table'));
}

/** For options that can be repeated. */
export function collect(value: string, known: readonly string[] = []): readonly string[] {
  return [...known, ...value.split(',').filter((part) => part !== '')];
}

export function isoDate(value: string): Date {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw new InvalidArgumentError('Not a date such as 2026-10-01 or 2026-10-01T12:00:00Z.');
  return new Date(time);
}

export async function regionsOf({ region = [] }: Pick<CommonOptions, 'region'>, aws: Aws): Promise<readonly string[]> {
  return region.length > 0 ? [...new Set(region)] : [await aws.defaultRegion()];
}
