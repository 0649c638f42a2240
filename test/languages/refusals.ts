/** What must be refused in every language, and how. */

/** An exception as the language reports it. */
export interface Refusal {
  readonly type: string;
  readonly message: string;
}

/** By case; `null` if nothing was thrown. */
export type Refusals = Readonly<Record<string, Refusal | null>>;

/** Well typed, so that only we can refuse them: with our own sentence. */
const SENTENCES = [
  'emptyToken',
  'paddedToken',
  'longToken',
  'longTimeout',
  'reserveOf26',
  'aliasName',
  'aliasArn',
  'pythonRuntime',
  'noConcurrency',
  'emptyFleetToken',
];

/** Missing or of the wrong type, if the compiler lets it pass: whoever refuses it must name the argument. */
const ARGUMENTS: Readonly<Record<string, RegExp>> = {
  noKey: /\bkey\b/i,
  noToken: /rotation_?token/i,
  noFleetToken: /rotation_?token/i,
  noExcludedKey: /exclude/i,
  missingKey: /\bkey\b/i,
  missingToken: /rotation_?token/i,
  noProps: /\bprops\b/,
  textAsKey: /\bkey\b/i,
  numberAsToken: /rotation_?token/i,
  textAsTimeout: /completion_?timeout/i,
  textAsReserve: /reserved_?rotations/i,
  unknownArgument: /rotate_?now/i,
};

/** How the refusals of `lib/` begin. */
const FORM = /^\[\w+\] NOT ROTATED\. /;

/** Every language refuses these, one way or the other. */
const EVERYWHERE = [...SENTENCES, 'noKey', 'noToken', 'noFleetToken', 'noExcludedKey'];

/**
 * Reports what is wrong with the refusals of a language.
 *
 * @param sentences the refusals of JavaScript, whose messages are exactly our sentences.
 */
export function complaints(refusals: Refusals, sentences: Refusals): string[] {
  const missing = EVERYWHERE.filter((name) => !(name in refusals)).map((name) => `${name} was not tried`);
  return [
    ...missing,
    ...Object.entries(refusals).flatMap(([name, refusal]) => {
      const complaint = complaintAbout(name, refusal, sentences[name]?.message);
      return complaint === undefined ? [] : [`${name} ${complaint}`];
    }),
  ];
}

/** Reports refusals in JavaScript that are not our sentences: no compiler or jsii comes before us there. */
export function foreignWords(sentences: Refusals): string[] {
  return Object.entries(sentences)
    .filter(([, refusal]) => refusal !== null && !FORM.test(refusal.message))
    .map(([name, refusal]) => `${name} is refused by other words than ours: ${refusal?.message ?? ''}`);
}

function complaintAbout(name: string, refusal: Refusal | null, sentence: string | undefined): string | undefined {
  if (refusal === null) return 'was not refused';
  const { type, message } = refusal;
  if (SENTENCES.includes(name)) {
    if (sentence === undefined) return 'is no case of JavaScript';
    if (!message.startsWith(sentence)) return `says ${message} (${type}) rather than ${sentence}`;
    if (/^ +at /m.test(message)) return `has a stack of JavaScript in it: ${message}`;
    return undefined;
  }
  const argument = ARGUMENTS[name];
  if (argument === undefined) return 'is an unknown case';
  return argument.test(message) ? undefined : `does not name the argument: ${message} (${type})`;
}
