import { Command, CommanderError, Option } from 'commander';
import { DEFAULT_RESERVED_ROTATIONS } from '../lib/protocol';
import { version } from '../package.json';
import type { Io } from './io';
import { EXIT, type ExitCode, Problem } from './problem';
import { type CommonOptions, collect, collectList, isoDate, withCommonOptions } from './options';
import { EVIDENCE_FORMATS, type EvidenceOptions, evidence } from './evidence/evidence';
import { DOES } from './plan/outcome';
import { type PlanOptions, plan } from './plan/plan';
import { prune } from './prune';
import { type RotateOptions, rotate } from './rotate';
import { status } from './status';

/**
 * Runs one command.
 *
 * @param args what follows the program's name.
 * @returns the exit code.
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = commandLine(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Problem)) throw error;
    io.err(`${error.text}\n`);
    return error.exitCode;
  }
}

type Act<Options> = (options: CommonOptions & Options, io: Io) => Promise<ExitCode>;

function commandLine(io: Io, end: (code: ExitCode) => void): Command {
  const program = new Command('cdk-on-demand-key-rotation')
    .description('On-demand rotation of AWS KMS keys: before, during and after.')
    .version(version)
    .showHelpAfterError('Add --help for what there is.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  const acting =
    <Options>(act: Act<Options>) =>
    async (options: CommonOptions & Options) => {
      end(await act(options, io));
    };

  withCommonOptions(program.command('status'))
    .description('Shows the keys of an account: whether they can be rotated, and when they last were. Reads only.')
    .option('--key <key>', 'an ID, ARN or alias; repeatable (default: all keys)', collectList)
    .option('--all', 'shows AWS managed keys, too')
    .option('--watch', 'shows what happens to keys, from each claim until the new key material is in force')
    .option('--stack <name>', 'with --watch: ends when this stack has been deployed')
    .action(acting(status));
  withCommonOptions(program.command('plan'))
    .description('Shows what deploying an app now would do with each of its rotations. Reads only.')
    .argument('[stacks...]', 'their names (default: all that rotate keys)')
    .option('--app <directory>', 'the cloud assembly, as `cdk synth` makes it', 'cdk.out')
    .option('--parameters <name=value>', 'as for `cdk deploy`, also <stack>:<name>=<value>; repeatable', collect)
    .addOption(new Option('--fail-on <outcome...>', 'ends with exit code 1 if any rotation does that').choices(DOES))
    .action(async (stacks: string[], options: PlanOptions) => {
      end(await plan(stacks, options, io));
    });
  withCommonOptions(program.command('rotate'), ['table', 'json'])
    .description(
      'Rotates a key that no app rotates, for a token, exactly once: as a deployment does, on the same ledger.',
    )
    .argument('<key>', 'an ID, ARN or alias')
    .requiredOption('--token <token>', 'why; a token rotates a key once, ever')
    .option('--yes', 'does not ask')
    .option(
      '--reserved-rotations <number>',
      'how many rotations must be left at least',
      String(DEFAULT_RESERVED_ROTATIONS),
    )
    .option(
      '--expected-key-material-id <id>',
      'of a key with imported material: the only pending material to rotate to',
    )
    .action(async (key: string, options: RotateOptions) => {
      end(await rotate(key, options, io));
    });
  withCommonOptions(program.command('evidence'), EVIDENCE_FORMATS)
    .description(
      'Combines what KMS, the ledgers and CloudTrail show of rotations, and names what does not match. Reads only.',
    )
    .option('--from <date>', 'in UTC (default: all that is recorded)', isoDate)
    .option('--to <date>', 'in UTC (default: now)', isoDate)
    .option('--key <key>', 'an ID, ARN or alias; repeatable (default: all keys)', collectList)
    .option('--all', 'shows AWS managed keys, too')
    .action(async (options: EvidenceOptions) => {
      end(await evidence(options, io));
    });
  withCommonOptions(program.command('prune'))
    .description('Shows the ledgers of keys that are gone. With --yes it deletes them.')
    .option('--yes', 'deletes them')
    .action(acting(prune));
  return program;
}
