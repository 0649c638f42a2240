/** What synthesis, deployments and warnings say, with `<…>` for what is the user's. */
export interface Said {
  /** The heading of docs/errors.md that explains it. */
  readonly code: string;
  readonly when: 'Synthesis' | 'Deployment' | 'Warning';
  readonly what: string;
  readonly run?: string;
  readonly then?: string;
}
