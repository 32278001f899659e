/** Faults of a topic pattern in MQTT's form: `+` stands for one level, `#` at the end for any number of levels, the one above included. */
export function patternFault(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  const levels = pattern.split('/');
  if (levels.length > MAX_LEVELS) return `must have at most ${MAX_LEVELS} levels`;
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1)) return '# must be a whole level and the last one, as in devices/#';
    if (level.includes('+') && level !== '+') return '+ must be a whole level, as in devices/+/temperature';
  }
  return undefined;
}

const MAX_LEVELS = 64;

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Patterns that end here, and those that end here with `#`. */
  readonly here: Set<T>;
  readonly below: Set<T>;
}

function node<T>(): Node<T> {
  return { children: new Map(), here: new Set(), below: new Set() };
}

/**
 * Values by topic pattern. Finding those that match a topic costs as many steps as the topic has levels (and branches at `+`),
 * however many patterns there are. As in MQTT, a topic that begins with `$` is matched by no wildcard in its first level.
 */
export class TopicIndex<T> {
  private readonly root = node<T>();

  add(pattern: string, value: T): void {
    const { at, list } = this.place(pattern);
    at[list].add(value);
  }

  remove(pattern: string, value: T): void {
    const path: [Node<T>, string][] = [];
    let at = this.root;
    const { names, list } = parsed(pattern);
    for (const name of names) {
      const next = at.children.get(name);
      if (next === undefined) return;
      path.push([at, name]);
      at = next;
    }
    at[list].delete(value);
    for (const [parent, name] of path.reverse()) {
      const child = parent.children.get(name)!;
      if (child.children.size > 0 || child.here.size > 0 || child.below.size > 0) return;
      parent.children.delete(name);
    }
  }

  match(topic: string): T[] {
    const found: T[] = [];
    this.walk(this.root, topic.split('/'), 0, topic.startsWith('$'), found);
    return found;
  }

  private walk(at: Node<T>, levels: readonly string[], depth: number, hidden: boolean, found: T[]): void {
    const wildcards = !(hidden && depth === 0);
    if (wildcards) for (const value of at.below) found.push(value);
    if (depth === levels.length) {
      for (const value of at.here) found.push(value);
      return;
    }
    const level = levels[depth]!;
    const exact = level === '+' ? undefined : at.children.get(level);
    if (exact !== undefined) this.walk(exact, levels, depth + 1, hidden, found);
    const any = wildcards ? at.children.get('+') : undefined;
    if (any !== undefined) this.walk(any, levels, depth + 1, hidden, found);
  }

  private place(pattern: string): { at: Node<T>; list: 'here' | 'below' } {
    const { names, list } = parsed(pattern);
    let at = this.root;
    for (const name of names) {
      let next = at.children.get(name);
      if (next === undefined) {
        next = node<T>();
        at.children.set(name, next);
      }
      at = next;
    }
    return { at, list };
  }
}

function parsed(pattern: string): { names: string[]; list: 'here' | 'below' } {
  const levels = pattern.split('/');
  return levels.at(-1) === '#' ? { names: levels.slice(0, -1), list: 'below' } : { names: levels, list: 'here' };
}
