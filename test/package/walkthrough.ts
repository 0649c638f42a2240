/** What a reader of the README does: write a file, and type commands. */
export interface Walkthrough {
  readonly content: string;
  readonly commands: string;
}

/** Where the README says to write a file, the next code block is its content, and the shell block after that has the commands. */
export function walkthrough(markdown: string, file: string): Walkthrough {
  const [, after = ''] = markdown.split(`Write \`${file}\`:\n`);
  const [code, shell] = [...after.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  if (code?.[2] === undefined || shell?.[1] !== 'sh' || shell[2] === undefined) {
    throw new Error(`The README does not say to write ${file}, with its content and the commands`);
  }
  return { content: code[2], commands: shell[2] };
}
