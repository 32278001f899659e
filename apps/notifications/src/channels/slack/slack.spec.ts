import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice } from '../notice.js';
import { slack } from './slack.js';

interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly url: string; readonly action_id: string; readonly text: { readonly text: string } }[];
}

const { triggered } = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'notices.json'), 'utf8')) as Record<string, Notice>;

function blocksOf(notice: Notice): Block[] {
  const { body } = slack.render(notice, { webhookUrl: 'https://hooks.slack.com/services/x' }, { now: new Date(0), attempt: 1 });
  return (JSON.parse(body) as { blocks: Block[] }).blocks;
}

test.each(['x', '&', '😀', '<'])('every part of a huge message made of %s stays within Slack\'s sizes and is not empty', (filler) => {
  const text = filler.repeat(10_000);
  const blocks = blocksOf({ ...triggered!, title: text, body: text, fields: Array.from({ length: 50 }, () => ({ label: text, value: text })) });
  const [header] = blocks.filter(({ type }) => type === 'header');
  expect(header!.text!.text.length).toBeLessThanOrEqual(150);
  expect(header!.text!.text).toMatch(/… \(#42\)$/);
  for (const block of blocks) {
    expect(block.text?.text.length ?? 1).toBeGreaterThan(0);
    expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
    for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2000);
  }
});

test('buttons are links with ids of their own, and one that Slack would refuse is left out', () => {
  const buttons = (notice: Notice) => blocksOf(notice).flatMap(({ elements }) => elements ?? []);
  expect(buttons(triggered!).map(({ action_id: id }) => id)).toEqual(['acknowledge', 'open', 'source']);
  const long = { ...triggered!, ackUrl: `https://signalbox.example.com/${'x'.repeat(3000)}`, sourceUrl: 'ftp://x' };
  expect(buttons(long).map(({ action_id: id }) => id)).toEqual(['open']);
});

test('an incident that is no longer open offers no acknowledging', () => {
  const acknowledged = { ...triggered!, incident: { ...triggered!.incident!, status: 'ACKNOWLEDGED' } };
  expect(blocksOf(acknowledged).flatMap(({ elements }) => elements ?? []).map(({ action_id: id }) => id)).not.toContain('acknowledge');
});
