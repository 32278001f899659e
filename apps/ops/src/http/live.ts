import type { Response } from 'express';

/** Writes text to a response and waits while its reader is slower; false when the reader has gone. */
async function write(response: Response, text: string): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (!response.write(text)) await room(response);
  return !response.destroyed;
}

/** Waits until a response takes more, or nobody reads it any longer. */
function room(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Answers with one JSON document a line, page by page, never holding more than one page. */
export async function sendLines<T>(response: Response, fileName: string, pages: AsyncIterable<readonly T[]>): Promise<void> {
  response.status(200).set({ 'Content-Type': 'application/x-ndjson; charset=utf-8', 'Content-Disposition': `attachment; filename="${fileName}"` });
  for await (const page of pages) {
    if (!(await write(response, page.map((row) => `${JSON.stringify(row)}\n`).join('')))) return;
  }
  response.end();
}

const LOOK_EVERY_MS = 500;
const ALIVE_EVERY_MS = 15_000;

/** Server-sent events of something that changes until it is over: one `progress` each time it is another, `end` with the last. */
export async function sendEvents<T>(response: Response, look: () => Promise<T | undefined>, isOver: (state: T) => boolean): Promise<void> {
  response.status(200).set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  let last = '';
  let writtenAt = Date.now();
  for (;;) {
    const state = await look();
    const over = state === undefined || isOver(state);
    const text = JSON.stringify(state ?? null);
    if (text !== last || over || Date.now() - writtenAt >= ALIVE_EVERY_MS) {
      const message = text === last && !over ? ': alive\n\n' : `event: ${over ? 'end' : 'progress'}\ndata: ${text}\n\n`;
      if (!(await write(response, message))) return;
      last = text;
      writtenAt = Date.now();
    }
    if (over) break;
    await pause(response, LOOK_EVERY_MS);
    if (response.destroyed) return;
  }
  response.end();
}

function pause(response: Response, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    }
    response.once('close', done);
  });
}
