import { EVENTS, INCIDENTS, NOTICES, type ChangeKind } from '@signalbox/contracts';
import { edited } from './edited-notice.js';
import { suppression } from './repeat.js';
import { inOrder, route, type Conditions, type RoutingRule } from './rules.js';
import { acknowledgeEvent, subjectOfChange, subjectOfNotice, type Subject } from './subject.js';

const change = INCIDENTS.example.changes[0]!;
const triggered = subjectOfChange(INCIDENTS.example.tenantId, change, 'https://console.example.com');
const ofClass = subjectOfChange(INCIDENTS.example.tenantId, { ...change, incident: { ...change.incident, class: 'ssl_expiry' } }, '');
const aside = subjectOfChange(INCIDENTS.example.tenantId, { ...change, change: 'snoozed', incident: { ...change.incident, class: 'ssl_expiry' } }, '');
const notice = subjectOfNotice({ ...NOTICES.example, tags: ['tls'], branch: 'north' });

function rule(id: string, fields: Partial<RoutingRule> = {}): RoutingRule {
  return {
    id, tenantId: triggered.tenantId, name: id, enabled: true, priority: 0, stop: false, conditions: {},
    targets: [{ type: 'channel', id: `channel-of-${id}` }], ...fields,
  };
}

describe('which rules match', () => {
  const cases: [string, Subject, Conditions, boolean][] = [
    ['no condition', triggered, {}, true],
    ['its event type', triggered, { eventTypes: ['incident.resolved', 'incident.triggered'] }, true],
    ['another event type', triggered, { eventTypes: ['incident.resolved'] }, false],
    ['its class', ofClass, { eventTypes: ['ssl_expiry'] }, true],
    ['its class, of what is told by its own name alone', aside, { eventTypes: ['ssl_expiry'] }, false],
    ['another class', ofClass, { eventTypes: ['ssl_failure'] }, false],
    ['its severity', triggered, { severities: ['critical'] }, true],
    ['another severity', triggered, { severities: ['warning'] }, false],
    ['its urgency', triggered, { urgencies: ['HIGH'] }, true],
    ['an urgency, which a notice has not', notice, { urgencies: ['HIGH'] }, false],
    ['its service', triggered, { serviceIds: [change.incident.service.id] }, true],
    ['another service', triggered, { serviceIds: ['other'] }, false],
    ['one of its tags', notice, { tags: ['x', 'tls'] }, true],
    ['none of its tags', notice, { tags: ['x'] }, false],
    ['its branch', notice, { branches: ['north'] }, true],
    ['another branch', notice, { branches: ['south'] }, false],
    ['its status change', triggered, { statusChanges: ['triggered'] }, true],
    ['one of two conditions only', triggered, { severities: ['critical'], statusChanges: ['resolved'] }, false],
  ];
  it.each(cases)('%s', (_name, subject, conditions, expected) => {
    expect(route(subject, [rule('a', { conditions })])).toHaveLength(expected ? 1 : 0);
  });

  it('goes by priority, stops where told, names each channel once, and passes over what is disabled', () => {
    const shared = { targets: [{ type: 'channel' as const, id: 'shared' }] };
    const rules = inOrder([
      rule('d'),
      rule('c', { priority: 2, stop: true, ...shared }),
      rule('b', { priority: 1, ...shared }),
      rule('a', { enabled: false }),
      rule('e', { priority: 3 }),
    ]);
    expect(route(triggered, rules)).toEqual([
      { target: { type: 'channel', id: 'channel-of-d' }, ruleId: 'd' },
      { target: { type: 'channel', id: 'shared' }, ruleId: 'b' },
    ]);
  });
});

describe('what is not said again', () => {
  const as = (kind: ChangeKind, version: number) => subjectOfChange(triggered.tenantId, { ...change, change: kind, version }, '');
  const storm = (eventType: string) => subjectOfNotice({ ...NOTICES.example, eventType });
  it.each([
    ['nothing was said yet', triggered, undefined, undefined],
    ['the same', triggered, { content: triggered.content, acknowledged: false }, 'duplicate'],
    ['it got worse', as('updated', 2), { content: triggered.content, acknowledged: false }, undefined],
    ['it got worse after somebody acknowledged', as('updated', 2), { content: triggered.content, acknowledged: true }, 'acknowledged'],
    ['it is over, after somebody acknowledged', as('resolved', 3), { content: triggered.content, acknowledged: true }, undefined],
    ['a notice that changed', notice, { content: 'other', acknowledged: false }, undefined],
    ['a notice that died on its way', notice, { content: null, acknowledged: false }, undefined],
    ['a notice that was acknowledged', notice, { content: 'other', acknowledged: true }, 'acknowledged'],
      ['a storm that goes on, after somebody acknowledged', storm('incident.storm'), { content: 'other', acknowledged: true }, 'acknowledged'],
      ['a storm that is over, after somebody acknowledged', storm('incident.storm_over'), { content: 'other', acknowledged: true }, undefined],
  ] as const)('%s', (_name, subject, told, expected) => {
    expect(suppression(subject, told)).toBe(expected);
  });
});

describe('what is told', () => {
  it('of an incident: its own title (each channel says what happened), where it came from, and a link to its source', () => {
    const links = [{ href: 'https://monitoring.example.com/1', text: 'graph' }, { href: 'https://example.com/2' }];
      const actor = { type: 'user' as const, id: 'u', name: 'Ada' };
      const resolved = { ...change, change: 'resolved' as const, actor, incident: { ...change.incident, links } };
      const subject = subjectOfChange(triggered.tenantId, resolved, 'https://console.example.com');
    expect(subject).toMatchObject({ id: change.id, eventType: 'incident.resolved', statusChange: 'resolved', fingerprint: `incident/${change.incident.id}` });
    expect(subject.text).toMatchObject({
      title: change.incident.title, sourceUrl: links[0]!.href, fields: [{ label: 'Source', value: change.incident.source }, { label: 'By', value: 'Ada' }],
      incident: { id: change.incident.id, url: `https://console.example.com/incidents/${change.incident.id}` },
    });
    expect(triggered.text).not.toHaveProperty('sourceUrl');
  });

  it.each([['title'], ['body'], ['severity'], ['fields']])('of a notice: another %s is something new', (field) => {
    const other = { title: 'x', body: 'x', severity: 'info' as const, fields: [{ label: 'a', value: 'b' }] };
    const changed = subjectOfNotice({ ...NOTICES.example, [field]: other[field as keyof typeof other] });
    expect(changed.content).not.toBe(notice.content);
    expect(subjectOfNotice({ ...NOTICES.example, id: 'another', occurredAt: '2027-01-01T00:00:00.000Z' }).content).toBe(notice.content);
  });

  it('of an acknowledgement: an event for the key of the incident', () => {
    const event = acknowledgeEvent(triggered.incident!, { eventId: 'e', traceId: 't' }, undefined, undefined, new Date(0));
    expect(event).toMatchObject({
      id: 'e', action: 'acknowledge', scopeId: change.scopeId, dedupKey: change.incident.dedupKey,
      summary: 'Acknowledged', details: {},
    });
  });

  it('of an acknowledgement: a note of any characters goes with it whole, and as much of it as fits is the summary', () => {
    const note = '😀'.repeat(1024);
      const { id: eventId, traceId } = EVENTS.example.events[0]!;
      const event = acknowledgeEvent(triggered.incident!, { eventId, traceId }, undefined, note, new Date(0));
    expect(event.details).toEqual({ note });
    expect(event.summary).toBe(`${'😀'.repeat(511)}…`);
    expect(() => EVENTS.encode({ tenantId: EVENTS.example.tenantId, events: [event] })).not.toThrow();
  });
});

describe('an edited notification', () => {
  const stored = { ...notice.text, notificationId: 'n' };
  it('takes what may be edited and nothing else', () => {
      const edits = { title: 'right', severity: 'info', body: null, notificationId: 'other', tenantId: 'other' };
      expect(edited(stored, edits)).toEqual({ ...stored, title: 'right', severity: 'info' });
    expect(edited(stored, stored)).toEqual(stored);
    expect(edited(stored, null)).toEqual(stored);
  });
  it.each([['title', ''], ['title', 7], ['severity', 'bad'], ['fields', [{ label: 'x' }]], ['sourceUrl', {}]])('refuses a %s that is %j', (field, value) => {
    expect(() => edited(stored, { [field]: value })).toThrow(new RegExp(`cannot be sent: ${field}`));
  });
});
