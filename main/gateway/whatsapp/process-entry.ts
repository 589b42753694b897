export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  /** the command line; arguments are separated by one space or, on Linux, by NUL */
  readonly command: string;
  /** resident memory in KB, where the listing carries it */
  readonly residentKb: number | undefined;
}
