import type { Target } from '@signalbox/contracts';

/** Who was asked into an incident by a person, or came by themselves, and what they said. */
export interface Responder {
  readonly type: 'user' | 'team';
  readonly id: string;
  readonly state: 'asked' | 'joined' | 'declined';
  /** When they were asked last, or answered. */
  readonly at: string;
}

/** More than this are not kept: those who were asked or answered first are left out. */
const MOST = 100;

/** With those whom a page reaches as asked; who has joined already stays so. Channels are nobody. */
export function withAsked(responders: readonly Responder[], targets: readonly Target[], at: string): readonly Responder[] {
  return targets.reduce((all, { type, id }) => {
    const joined = all.some((one) => one.id === id && one.state === 'joined');
    return type === 'channel' || joined ? all : replaced(all, { type, id, state: 'asked', at });
  }, responders);
}

/** With what a person said, whether they had been asked or not. */
export function withAnswer(responders: readonly Responder[], userId: string, state: 'joined' | 'declined', at: string): readonly Responder[] {
  return replaced(responders, { type: 'user', id: userId, state, at });
}

function replaced(responders: readonly Responder[], one: Responder): readonly Responder[] {
  return [...responders.filter(({ id }) => id !== one.id), one].slice(-MOST);
}
