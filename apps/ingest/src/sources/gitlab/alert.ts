import type { Severity } from '@signalbox/contracts';
import type { SourceResult } from '../contract.js';
import { event, type EventDraft } from '../event.js';
import type { Fields } from '../reading.js';
import type { Project } from './project.js';

/** What a body of one kind means; `severity` looks a word up in the table. */
export type Reader = (body: Fields, severity: (word: string | undefined) => Severity) => SourceResult;

type AlertDraft = Omit<EventDraft, 'source' | 'client' | 'clientUrl'>;

/** The one event of a hook, with what every hook says of its project. */
export function alert(project: Project, draft: AlertDraft): SourceResult {
  const links = [...(draft.links ?? []), { href: project.url, text: project.name }];
  return { kind: 'events', events: [event({ ...draft, links, source: project.name, client: 'GitLab', clientUrl: project.url })] };
}
