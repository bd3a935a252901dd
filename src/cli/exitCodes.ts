/** What the process ends with; part of the public contract of the command line. */
export const exitCodes = {
  /** Done, and what was checked holds. */
  ok: 0,
  /** What was checked does not hold: an evaluation below its threshold, a broken audit chain. */
  fails: 1,
  /** Bad usage, or a fault of the surroundings: no model, no network. */
  fault: 2,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
