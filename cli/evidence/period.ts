/** From and to, in milliseconds since the epoch. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

export const isIn = ({ from, to }: Period, at: number): boolean => at >= from && at <= to;
