/** What pacing holds back, for whoever looks. */
export interface PacingView {
  /** the earliest time of the next message; undefined: at once */
  readonly nextSendAt: Date | undefined;
  readonly quietUntil: Date | undefined;
  readonly newContactsToday: number;
  /** 0: no limit */
  readonly newContactsPerDay: number;
  readonly newContactsLockedUntil: Date | undefined;
}
