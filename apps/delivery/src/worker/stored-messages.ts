import type { StreamName } from '@signalbox/contracts';
import type { Bus } from '@signalbox/messaging';

export interface StoredMessage { readonly seq: number; readonly data: Uint8Array }

/** The oldest message of a subject from a sequence on, as the stream's leader has it; undefined when there is none. */
export async function nextMessage(bus: Bus, stream: StreamName, subject: string, from: number): Promise<StoredMessage | undefined> {
  // The server has taken next_by_subj here since 2.9; the client's type does not tell.
  const request = { seq: from, next_by_subj: subject } as { seq: number };
  try {
    return await (await bus.manager()).streams.getMessage(stream, request);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Takes a message out of a stream. That it is gone already is as good. */
export async function removeMessage(bus: Bus, stream: StreamName, seq: number): Promise<void> {
  await (await bus.manager()).streams.deleteMessage(stream, seq, false).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** No such consumer (10014), no such message (10037), or a deletion of what is not there (10043 or 10057, told by its description). */
export function isNotFound(error: unknown): boolean {
  const api = (error as { api_error?: { code?: number; err_code?: number; description?: string } }).api_error;
  return api?.code === 404 || api?.err_code === 10_014 || api?.err_code === 10_037 || /no message found|not found/i.test(api?.description ?? '');
}
