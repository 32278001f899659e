/** Milliseconds of the machine's monotonic clock: the same in every process on it. */
export function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
