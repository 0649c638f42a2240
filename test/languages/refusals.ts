/** What has to be refused in every language, and how. */

/** An exception as the language has it. */
export interface Refusal {
  readonly type: string;
  readonly message: string;
}

/** By the name of the case. `null` where nothing was thrown. */
export type Refusals = Readonly<Record<string, Refusal | null>>;

/** Well typed, so that no language can know better: they get our own sentence. */
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

/** Missing or of the wrong type, where a language lets it pass its compiler: whoever notices has to name the argument. */
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

/** Of the refusals in `lib/`. */
const FORM = /^\[\w+\] NOT ROTATED\. /;

/** Every language refuses these, one way or the other. */
const EVERYWHERE = [...SENTENCES, 'noKey', 'noToken', 'noFleetToken', 'noExcludedKey'];

/**
 * Says what is wrong with the refusals of a language.
 *
 * @param sentences the refusals of JavaScript, whose messages are the sentences and nothing else.
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

/** Says what JavaScript, where no compiler and no jsii stands before us, refuses by other words than ours. */
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
