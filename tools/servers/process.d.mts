/** A server under our control; see tools/servers/process.mjs. */
export interface Server {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly running: boolean;
  /** Sends the signal and, unless it only pauses, waits until the process is gone. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data (stops it first when it runs) and waits until it serves. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
