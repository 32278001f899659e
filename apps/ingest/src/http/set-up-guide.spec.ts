import { SOURCES } from '../sources/registry.js';
import { SetUpGuides, sectionOf } from './set-up-guide.js';

describe('the set-up guide of a source', () => {
  it('is the section of its README, code and all, without links that lead nowhere', () => {
    const readme = '# X\n\n## Set up\n\nGo to [there](https://x.example) and [here](../y/README.md).\n\n```sh\n## a comment\n```\n\n### In detail\n\nMore.\n\n## Check\n\nNot this.';
    expect(sectionOf(readme)).toBe('Go to [there](https://x.example) and here.\n\n```sh\n## a comment\n```\n\n### In detail\n\nMore.');
  });

  it.each(SOURCES.map(({ type }) => type))('%s: every placeholder of the address and of the integration is filled in', (type) => {
    const guide = new SetUpGuides('http://localhost:8080').for({ type, id: 'the-id', key: null });
    expect(guide).toContain('localhost:8080');
    expect(guide).toMatch(/the-id|••••••••/);
    expect(guide).not.toMatch(/<your-ingest-host>|<integration-(id|key)>|https:\/\/localhost/);
  });
});
