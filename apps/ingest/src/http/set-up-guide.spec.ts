import { SOURCES } from '../sources/registry.js';
import { SetUpGuides, sectionOf } from './set-up-guide.js';

describe('the set-up guide of a source', () => {
  it('is the section of its README, code and all, without links that lead nowhere', () => {
    const readme = [
      '# X', '## Set up', 'Go to [there](https://x.example), [here](../y/README.md) and [beside](more.md).',
      '```sh\n## a comment\n```', '### In detail', 'More.', '## Check', 'Not this.',
    ].join('\n\n');
    expect(sectionOf(readme, () => 'not asked for')).toBe(
      'Go to [there](https://x.example), here and beside.\n\n```sh\n## a comment\n```\n\n### In detail\n\nMore.',
    );
  });

  it('holds whole, once, what is to be imported from a file beside the README', () => {
    const readme = '## Set up\n\nImport [media.yaml](media.yaml), and [again](media.yaml).\n\n## Check';
    expect(sectionOf(readme, (name) => `name: ${name}\n`)).toBe('Import media.yaml, and again.\n\n### media.yaml\n\n```yaml\nname: media.yaml\n```');
    const guide = new SetUpGuides('https://in.example').of('zabbix');
    expect(guide).toContain('1. Import media_signalbox.yaml under');
    expect(guide.endsWith("message: 'Service: {SERVICE.NAME}'\n```")).toBe(true);
  });

  it.each(SOURCES.map(({ type }) => type))('%s: every placeholder of the address and of the integration is filled in', (type) => {
    const guide = new SetUpGuides('http://localhost:8080').for({ type, id: 'the-id', key: null });
    expect(guide).toContain('localhost:8080');
    expect(guide).toMatch(/the-id|••••••••/);
    expect(guide).not.toMatch(/<your-ingest-host>|<integration-(id|key)>|https:\/\/localhost/);
  });
});
