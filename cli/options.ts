import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Aws } from './aws';
import { badOption } from './problem';
import { FORMATS, type Format } from './sheet';

/** The options of every command. */
export interface CommonOptions {
  readonly profile?: string;
  readonly region?: readonly string[];
  readonly output: Format;
}

export function withCommonOptions(command: Command, formats: readonly string[] = FORMATS): Command {
  return command
    .option('--profile <name>', 'the profile of the AWS configuration (default: what the AWS SDK finds)')
    .option('--region <region>', 'repeatable (default: what the AWS SDK finds)', collectList)
    .addOption(new Option('--output <format>', 'how to print').choices(formats).default('table'));
}

/** For options that can be repeated, or take a list separated by commas. */
export function collectList(value: string, known: readonly string[] = []): readonly string[] {
  return [...known, ...value.split(',').filter((part) => part !== '')];
}

/** For options that can be repeated, and whose values may contain commas. */
export function collect(value: string, known: readonly string[] = []): readonly string[] {
  return [...known, value];
}

/** @param why a command takes only one Region. */
export async function onlyRegion(options: Pick<CommonOptions, 'region'>, aws: Aws, why: string): Promise<string> {
  const [region = '', ...others] = await regionsOf(options, aws);
  if (others.length > 0) throw badOption(`${why}: name one by --region`);
  return region;
}

export function isoDate(value: string): Date {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw new InvalidArgumentError('Not a date such as 2026-10-01 or 2026-10-01T12:00:00Z.');
  return new Date(time);
}

export async function regionsOf({ region = [] }: Pick<CommonOptions, 'region'>, aws: Aws): Promise<readonly string[]> {
  return region.length > 0 ? [...new Set(region)] : [await aws.defaultRegion()];
}
