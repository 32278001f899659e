import { prefixer } from './log.mjs';

describe('the log lines of npm start', () => {
  const written = (line: string, isTTY = false): string => {
    let text = '';
    prefixer({ isTTY, write: (chunk: string) => (text += chunk) })('ingest', line);
    return text;
  };

  it('show what our services log in a form for people', () => {
    expect(written('{"level":"warn","time":"2026-03-01T12:00:01.123Z","service":"ingest","tenant":"t1","msg":"the bus is away"}'))
      .toBe('ingest        │ 12:00:01.123 warn  the bus is away {"tenant":"t1"}\n');
  });

  it('leave every other line as it is', () => {
    for (const line of ['Error: no', '{"level":', '{"a":1}', '{"level":"info","msg":"no time"}']) expect(written(line)).toBe(`ingest        │ ${line}\n`);
  });

  it('colour the name on a terminal', () => {
    expect(written('x', true)).toMatch(/^\u001b\[\d+mingest +\u001b\[0m │ x\n$/);
  });
});
