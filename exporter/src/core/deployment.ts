/** Something that was deployed and announced; `at` is epoch milliseconds. */
export interface Deployment {
  readonly id: string;
  readonly at: number;
  readonly name: string;
  readonly version: string | null;
  readonly stage: string | null;
  readonly note: string | null;
  /** who announced it */
  readonly by: string;
}
