import { MASK } from '@signalbox/access';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { SOURCES } from '../sources/registry.js';

const SOURCES_FOLDER = join(__dirname, '..', 'sources');

/** The section "Set up" of each source's README, with this gateway's own address in it, and whole what lies beside the README for its reader to use. */
export class SetUpGuides {
  private readonly guides: ReadonlyMap<string, string>;

  /** `publicUrl`: how senders reach the gateway. Reads every README once; throws when one is missing. */
  constructor(publicUrl: string) {
    this.guides = new Map(SOURCES.map(({ type }) => [type, withAddress(guideOf(type), publicUrl)]));
  }

  /** Markdown; the integration's id and key are placeholders in it. */
  of(type: string): string {
    return this.guides.get(type) ?? '';
  }

  /** The same for one integration. `key` null: it may not be shown. */
  for({ type, id, key }: { readonly type: string; readonly id: string; readonly key: string | null }): string {
    return this.of(type).replaceAll('<integration-id>', id).replaceAll('<integration-key>', key ?? MASK);
  }
}

function guideOf(type: string): string {
  const read = (name: string): string => readFileSync(join(SOURCES_FOLDER, type, name), 'utf8');
  return sectionOf(read('README.md'), read);
}

/**
 * What stands under `## Set up`, up to the next heading of that level; headings within code are none. Links to neighbouring files lead nowhere outside, so
 * only their words stay; a file that is no page (a media type to import) follows whole, as `read` gives it by its name.
 */
export function sectionOf(readme: string, read: (name: string) => string): string {
  const lines: string[] = [];
  let inside = false;
  let inCode = false;
  for (const line of readme.split('\n')) {
    if (line.trimStart().startsWith('```')) inCode = !inCode;
    if (!inCode && line.startsWith('## ')) inside = line.trim() === '## Set up';
    else if (inside) lines.push(line);
  }
  const section = lines.join('\n').trim();
  const files = [...section.matchAll(NEIGHBOUR)].flatMap(([, , target]) => FILE.exec(target!) ?? []);
  return [
    section.replace(NEIGHBOUR, '$1'),
    ...[...new Set(files)].map((name) => `### ${name}\n\n\`\`\`${extname(name).slice(1)}\n${read(name).trimEnd()}\n\`\`\``),
  ].join('\n\n');
}

const NEIGHBOUR = /\[([^\]]+)\]\((?!https?:)([^)]*)\)/g;
const FILE = /^[\w.-]+(?<!\.md)$/;

function withAddress(markdown: string, publicUrl: string): string {
  const url = publicUrl.replace(/\/$/, '');
  return markdown.replaceAll('https://<your-ingest-host>', url).replaceAll('<your-ingest-host>', url.replace(/^https?:\/\//, ''));
}
