/** A message of synthesis, a deployment or a warning, with `<…>` for the user's values. */
export interface Message {
  /** The heading of docs/errors.md that explains it. */
  readonly code: string;
  readonly when: 'Synthesis' | 'Deployment' | 'Warning';
  readonly what: string;
  readonly run?: string;
  readonly then?: string;
}
