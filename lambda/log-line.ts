/**
 * A log line, in the JSON format of Lambda's own: `message` is for people, `detail` for queries.
 *
 * After a failed deployment the CDK CLI prints up to fifty lines below the reason of the failure: the `message` of each if that is a
 * string, or else the whole line. So `message` is a short string.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 *
 * @param line further top-level members, such as metrics, which CloudWatch reads only there.
 * @param at milliseconds since the epoch.
 */
export function logLine(
  record: Readonly<Record<string, unknown>>,
  line: Readonly<Record<string, unknown>> | undefined,
  at: number,
): string {
  return JSON.stringify({
    timestamp: new Date(at).toISOString(),
    level: 'INFO',
    ...line,
    message: summaryOf(record),
    detail: record,
  });
}

/** `1234abcd Step: record, claimed`, with the beginning of the key's ID. */
function summaryOf(record: Readonly<Record<string, unknown>>): string {
  const {
    message,
    keyArn,
    type,
    step,
    why,
    acceptedAt,
    unknownAt,
    notBefore,
    status,
    what,
    code,
    verdict,
    error,
    problem,
  } = record;
  const outcome =
    (acceptedAt !== undefined && 'accepted') ||
    (unknownAt !== undefined && 'no clear answer') ||
    (notBefore !== undefined && 'refused for now') ||
    undefined;
  const failure = code === undefined ? undefined : `[${text(code)}] ${text(verdict)}`;
  const facts = [type, step, why, outcome, status, failure, what, error, problem].filter((fact) => fact !== undefined);
  const key = typeof keyArn === 'string' ? `${keyArn.slice(keyArn.lastIndexOf('/') + 1).slice(0, 8)} ` : '';
  return `${key}${[text(message), facts.map(text).join(', ')].filter((part) => part !== '').join(': ')}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
