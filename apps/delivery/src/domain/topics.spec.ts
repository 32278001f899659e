import { TopicIndex, patternFault } from './topics.js';

function matches(pattern: string, topic: string): boolean {
  const index = new TopicIndex<string>();
  index.add(pattern, 'it');
  return index.match(topic).length === 1;
}

describe('topic patterns', () => {
  it.each([
    ['a/b', 'a/b'], ['a/+', 'a/b'], ['+/b', 'a/b'], ['+', 'a'], ['#', 'a'], ['#', 'a/b/c'], ['a/#', 'a'], ['a/#', 'a/b/c'], ['a/+/c', 'a/b/c'], ['+/+', '/b'],
    ['a/+/#', 'a/b'], ['$SYS/#', '$SYS/x'], ['a//c', 'a//c'], ['a/+/c', 'a//c'], ['incidents/+', 'incidents/triggered'],
  ])('%s takes %s', (pattern, topic) => expect(matches(pattern, topic)).toBe(true));

  it.each([
    ['a/b', 'a'], ['a/b', 'a/b/c'], ['a/+', 'a'], ['a/+', 'a/b/c'], ['a/#', 'ab'], ['+', 'a/b'],
    ['a', 'A'], ['#', '$SYS/x'], ['+/x', '$SYS/x'], ['a/b', 'a/+'], ['a/b', ''],
  ])('%s does not take %s', (pattern, topic) => expect(matches(pattern, topic)).toBe(false));

  it.each(['', 'a/#/b', 'a#', 'a/b+', '+a', '#/', Array(65).fill('a').join('/')])('refuses %j', (pattern) =>
    expect(patternFault(pattern)).toEqual(expect.any(String)));
  it.each(['a', '+', '#', 'a/+/b/#', '/', 'a//b', 'ä/ö'])('allows %j', (pattern) => expect(patternFault(pattern)).toBeUndefined());

  it('gives every match once, and none that has been removed', () => {
    const index = new TopicIndex<string>();
    for (const pattern of ['a/b', 'a/+', '#', 'a/#', 'x']) index.add(pattern, pattern);
    expect(index.match('a/b').sort()).toEqual(['#', 'a/#', 'a/+', 'a/b']);
    index.remove('a/+', 'a/+');
    index.remove('a/b', 'another');
    index.remove('never/there', 'x');
    expect(index.match('a/b').sort()).toEqual(['#', 'a/#', 'a/b']);
  });

  it('agrees with a plain reading of the rules on thousands of random patterns and topics', () => {
    let seed = 1;
    const pick = (words: readonly string[]): string => words[(seed = (seed * 48_271) % 2_147_483_647) % words.length]!;
    const path = (words: readonly string[]): string => Array.from({ length: 1 + Number(pick(['0', '1', '2', '3'])) }, () => pick(words)).join('/');
    const index = new TopicIndex<string>();
    const patterns = new Set(Array.from({ length: 400 }, () => path(['a', 'b', '', '+']) + pick(['', '', '/#'])));
    for (const pattern of patterns) index.add(pattern, pattern);
    for (let i = 0; i < 2_000; i += 1) {
      const topic = path(['a', 'b', 'c', '']);
      expect(index.match(topic).sort()).toEqual([...patterns].filter((pattern) => plainly(pattern, topic)).sort());
    }
  });

  it('costs about the same with 10 and with 10,000 patterns', () => {
    const timed = (count: number): number => {
      const index = new TopicIndex<number>();
      for (let i = 0; i < count; i += 1) index.add(`devices/${i}/temperature`, i);
      const started = performance.now();
      for (let i = 0; i < 20_000; i += 1) expect(index.match('devices/7/temperature').length === 1 || count < 8).toBeTruthy();
      return performance.now() - started;
    };
    timed(10);
    expect(timed(10_000)).toBeLessThan(timed(10) * 5 + 50);
  });
});

function plainly(pattern: string, topic: string): boolean {
  const [wanted, levels] = [pattern.split('/'), topic.split('/')];
  const open = wanted.at(-1) === '#';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? levels.length < fixed.length : levels.length !== fixed.length) return false;
  return fixed.every((level, index) => level === '+' || level === levels[index]);
}
