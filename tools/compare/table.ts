import { markdownTable } from '../table';
import type { ComparedSituation } from './comparison';
import type { Result } from './trial';

const BEGIN = '<!-- compare:begin -->';
const END = '<!-- compare:end -->';

/** As Markdown that reads as a table in a terminal too. */
export function table(situations: readonly ComparedSituation[]): string {
  const header = ['situation', 'AwsCustomResource: rotations', 'stack', 'OnDemandKeyRotation: rotations', 'stack'];
  const rows = situations.map(({ title, theirs, ours }) => [
    title,
    rotations(theirs),
    theirs.stack,
    rotations(ours),
    ours.stack,
  ]);
  return [markdownTable(header, rows), ...reasons(situations)].join('\n');
}

/** The situations that the README shows, by their titles there. */
const IN_BRIEF: readonly (readonly [title: string, brief: string])[] = [
  ['A → B, another resource fails 3 minutes later, rollback', 'a new token, and another resource fails: rollback'],
  ['the event of A → B delivered again 150 seconds later', 'a new token, and Lambda delivers the event again'],
  ['back to the old token: A → B → A', 'back to an old token'],
];

/** Only the rotations, in three situations. */
export function brief(situations: readonly ComparedSituation[]): string {
  const rows = IN_BRIEF.flatMap(([title, shown]) =>
    situations
      .filter((situation) => situation.title === title)
      .map(({ theirs, ours }) => `| ${shown} | ${theirs.rotations} | **${ours.rotations}** |`),
  );
  return ['| rotations of the key | `AwsCustomResource` | this construct |', '|---|---|---|', ...rows].join('\n');
}

/** Adds the number of calls where it differs, because a swallowed call is no rotation. */
function rotations({ rotations: accepted, calls }: Result): string {
  return accepted === calls ? String(accepted) : `${accepted} (${calls} ${calls === 1 ? 'call' : 'calls'})`;
}

/** The reasons of deployments that failed at the rotation itself, without names that differ between runs. */
function reasons(situations: readonly ComparedSituation[]): string[] {
  return situations.flatMap(({ title, theirs, ours }) => {
    if (theirs.reason === undefined && ours.reason === undefined) return [];
    return ['', `*${title}*`, '', ...saying('AwsCustomResource', theirs), ...saying('OnDemandKeyRotation', ours)];
  });
}

function saying(name: string, { reason }: Result): string[] {
  if (reason === undefined) return [`- ${name} does not fail.`];
  return [
    `- ${name}: “${reason
      .replaceAll(/arn:aws:kms:\S+:key\/[\w-]+/g, 'arn:aws:kms:…')
      .replace(/\s*CloudWatch Log Stream: \S+/, '')
      .replaceAll(/\s+/g, ' ')}”`,
  ];
}

/** The part of a document between the markers; `undefined` without markers. */
export function sectionOf(document: string): string | undefined {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  return begin === -1 || end < begin ? undefined : document.slice(begin + BEGIN.length, end).trim();
}

/** The document with that part replaced. */
export function withSection(document: string, section: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`There are no markers ${BEGIN} and ${END} to write between.`);
  return `${document.slice(0, begin)}${BEGIN}\n${section}\n${document.slice(end)}`;
}
