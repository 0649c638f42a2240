import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { plainTable } from '../table';

/** The width where it is unknown, as in a pipe, and the longest line that still reads well. */
const DEFAULT_WIDTH = 100;
const MAX_WIDTH = 110;
const TICK = 100;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Prints the story: with colour and a spinner on a terminal, plainly elsewhere. */
export class Terminal {
  private readonly isTerminal: boolean;
  private readonly inColour: boolean;
  private readonly width: number;
  private timer: NodeJS.Timeout | undefined;

  public constructor(
    private readonly out: WriteStream,
    environment: NodeJS.ProcessEnv,
  ) {
    this.isTerminal = out.isTTY && !environment.CI && environment.TERM !== 'dumb';
    // https://no-color.org
    this.inColour = this.isTerminal && !environment.NO_COLOR;
    this.width = Math.min((out.isTTY && out.columns) || DEFAULT_WIDTH, MAX_WIDTH);
  }

  /** Prints a wrapped paragraph with a hanging indent. */
  public say(text: string, style?: Style, prefix = ''): void {
    for (const [index, line] of wrap(text, this.width - prefix.length).entries()) {
      this.line((index === 0 ? prefix : ' '.repeat(prefix.length)) + this.styled(line, style));
    }
  }

  public gap(): void {
    this.line('');
  }

  /** Prints one event: when, where, what. */
  public event(seconds: number, where: string, what: string, style?: Style): void {
    const prefix = `  ${seconds.toFixed(1).padStart(5)} s  ${where.padEnd(14)} `;
    this.say(what, style, prefix);
  }

  /** Shows a spinner on a terminal until `rest`. */
  public busy(what: string): void {
    if (!this.isTerminal) return;
    let tick = 0;
    this.timer = setInterval(() => {
      const sign = SPINNER[tick % SPINNER.length] ?? '';
      this.out.write(`\r\x1b[2K   ${this.styled(`${sign} ${what} … ${Math.floor((tick * TICK) / 1000)} s`, 'cyan')}`);
      tick += 1;
    }, TICK);
  }

  public rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.clear();
  }

  public table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const [first = '', ...others] = plainTable([header, ...rows]).split('\n');
    this.line(this.styled(first, 'bold'));
    others.forEach((line) => {
      this.line(line);
    });
  }

  private line(text: string): void {
    this.clear();
    this.out.write(`${text}\n`);
  }

  private clear(): void {
    if (this.isTerminal) this.out.write('\r\x1b[2K');
  }

  private styled(text: string, style?: Style): string {
    return this.inColour && style ? styleText(style, text) : text;
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Splits a word that is longer than a line, such as an ARN. */
function pieces(word: string, width: number): string[] {
  return word.length <= width ? [word] : [word.slice(0, width), ...pieces(word.slice(width), width)];
}
