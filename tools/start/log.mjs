// Lines of many processes on one terminal.
const WIDTH = 'notifications'.length;
const COLOURS = [36, 32, 33, 35, 34, 96, 92, 93];

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
  if (typeof entry?.level !== 'string' || typeof entry.msg !== 'string' || Number.isNaN(Date.parse(entry.time))) return line;
  const { level, time, msg, service: _service, ...rest } = entry;
  const extra = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return `${new Date(time).toISOString().slice(11, 23)} ${level.padEnd(5)} ${msg}${extra}`;
}

function parsed(line) {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
