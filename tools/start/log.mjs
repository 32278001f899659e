// Lines of many processes on one terminal.
const WIDTH = 'notifications'.length;
const COLOURS = [36, 32, 33, 35, 34, 96, 92, 93];
const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** `onLine(name, line)`: the name in front (coloured on a terminal), structured lines in a form for people. */
export function prefixer(stream) {
  const colours = new Map();
  return (name, line) => {
    if (!colours.has(name)) colours.set(name, COLOURS[colours.size % COLOURS.length]);
    const prefix = name.padEnd(WIDTH);
    stream.write(`${stream.isTTY ? `\u001b[${colours.get(name)}m${prefix}\u001b[0m` : prefix} │ ${readable(line)}\n`);
  };
}

/** `12:00:01.123 info  message {"rest":…}` of a JSON log line; any other line as it is. */
export function readable(line) {
  const entry = parsed(line);
  if (!(entry?.level in LEVELS) || typeof entry.msg !== 'string') return line;
  const { level, time, msg, pid: _pid, hostname: _hostname, name: _name, service: _service, ...rest } = entry;
  const extra = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return `${new Date(time).toISOString().slice(11, 23)} ${LEVELS[level].padEnd(5)} ${msg}${extra}`;
}

function parsed(line) {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
