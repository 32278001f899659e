import { plainWord } from '../reading.js';
import { titleStateNamed } from './words.js';

/** A title of Datadog's, `[P1] [Triggered on {host:web-1}] CPU is high`, taken apart. */
export interface Title {
  /** What is left when states and priorities are taken off: the same from the first message of an alert to its last. */
  readonly name: string;
  /** As in the table of states. */
  readonly state?: string;
  /** `host:web-1`, of a monitor that alerts on each of many. */
  readonly scope?: string;
  readonly priority?: string;
}

const BRACKET = /^\s*\[(?:([^\]{]+?)\s+(?:on|for)\s+\{([^}]*)\}|([^\]]*))\]/;
const BEFORE_COLON = /^\s*([A-Za-z -]{2,16}?)(?:\s+(?:on|for)\s+\{([^}]*)\})?\s*:\s/;
const BRACKETS_READ = 6;

export function titleOf(text: string): Title {
  const kept: string[] = [];
  let rest = text;
  let found: Omit<Title, 'name'> = {};
  for (let read = 0; read < BRACKETS_READ; read += 1) {
    const match = BRACKET.exec(rest);
    if (match === null) break;
    const meaning = meaningOf(match[1] ?? match[3] ?? '', match[2]);
    found = { ...meaning, ...found };
    if (meaning === undefined) kept.push(match[0].trim());
    rest = rest.slice(match[0].length);
  }
  const match = found.state === undefined ? BEFORE_COLON.exec(rest) : null;
  const meaning = match === null ? undefined : meaningOf(match[1]!, match[2]);
  if (match !== null && meaning?.state !== undefined) {
    found = { ...meaning, ...found };
    rest = rest.slice(match[0].length);
  }
  return { ...found, name: [...kept, rest.trim()].join(' ').trim() };
}

/** What stands in brackets; undefined when it belongs to the name. */
function meaningOf(said: string, scope: string | undefined): Omit<Title, 'name'> | undefined {
  const state = plainWord(said);
  if (state !== undefined && titleStateNamed(state) !== undefined) return { state, ...(scope !== undefined && { scope }) };
  if (state !== undefined && /^p[1-5]$/.test(state)) return { priority: state };
  return state === 'monitor alert' ? {} : undefined;
}
