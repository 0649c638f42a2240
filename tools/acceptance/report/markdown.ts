import type { Report } from './report';
import {
  DIFFERENCES,
  MEASUREMENTS,
  differencesOf,
  leftovers,
  measurementsOf,
  number,
  placeOf,
  roomOf,
  timeOf,
  verdictOf,
} from './words';

/** The same as the page, without plots. */
export function markdownOf(report: Report): string {
  return `${[
    '# Acceptance report',
    `${placeOf(report)}. ${timeOf(report)}.`,
    `**${verdictOf(report)}**`,
    '## Bounds',
    table(
      ['Bound', 'What is assumed', 'Rests on it', 'Samples', 'Median', 'p99', 'Worst', 'Outcome', 'Room'],
      report.bounds.map((result) => [
        result.bound.name,
        `${result.bound.says} (${result.bound.source})`,
        result.bound.restsOnIt,
        String(result.samples.length),
        ...(['median', 'p99', 'max'] as const).map((of) =>
          result.distribution ? number(result.distribution[of]) : '–',
        ),
        result.outcome,
        roomOf(result),
      ]),
    ),
    '## Measurements',
    table(MEASUREMENTS, measurementsOf(report)),
    '## Expectations',
    ...report.parts.map(({ name, seconds, steps }) =>
      [
        `### ${name} (${Math.round(seconds)} s)`,
        '',
        ...steps.map(
          ({ item, expected, outcome, reason }) =>
            `- **${outcome}**: ${item}. Expected: ${expected}.${reason === undefined ? '' : `\n\n${quoted(reason)}\n`}`,
        ),
      ].join('\n'),
    ),
    '## Remarks',
    ...Object.entries(report.notes).map(([name, lines]) =>
      [`### ${name}`, '', ...lines.map((line) => `- ${line}`)].join('\n'),
    ),
    '## Answers that differ from those of the local AWS',
    `${report.replayed.calls} recorded calls were made again on the local AWS; ${report.replayed.differences.length} members of answers differ.`,
    table(DIFFERENCES, differencesOf(report)),
    '## What is left',
    leftovers(report),
  ].join('\n\n')}\n`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '(none)';
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `  > ${line}`)
    .join('\n');
}
