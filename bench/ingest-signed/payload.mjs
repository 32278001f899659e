// A failed workflow run as GitHub sends it (docs.github.com, "Webhook events and payloads", workflow_run): about 12 KB, most of it addresses.
import { strictEqual } from 'node:assert';

const api = 'https://api.github.example';
const urls = (base, names) => Object.fromEntries(names.map((name) => [`${name}_url`, `${base}/${name.replaceAll('_', '-')}{/id}`]));

const user = (login, id) => ({
  login, id, node_id: `MDQ6VXNlcg${id}`, avatar_url: `https://avatars.github.example/u/${id}?v=4`,
  gravatar_id: '', url: `${api}/users/${login}`, html_url: `https://github.example/${login}`,
  ...urls(`${api}/users/${login}`, ['followers', 'following', 'gists', 'starred', 'subscriptions', 'organizations', 'repos', 'events', 'received_events']),
  type: 'User', site_admin: false,
});

const repository = (name, id) => ({
  id, node_id: `R_kgDO${id}`, name, full_name: `acme/${name}`, private: true, owner: user('acme', 4411),
  html_url: `https://github.example/acme/${name}`, description: 'The web shop', fork: false,
  url: `${api}/repos/acme/${name}`,
  ...urls(`${api}/repos/acme/${name}`, [
    'forks', 'keys', 'collaborators', 'teams', 'hooks', 'issue_events', 'events', 'assignees', 'branches',
    'tags', 'blobs', 'git_tags', 'git_refs', 'trees', 'statuses', 'languages', 'stargazers', 'contributors',
    'subscribers', 'subscription', 'commits', 'git_commits', 'comments', 'issue_comment', 'contents', 'compare', 'merges',
    'archive', 'downloads', 'issues', 'pulls', 'milestones', 'notifications', 'labels', 'releases', 'deployments',
  ]),
});

const payload = JSON.stringify({
  action: 'completed',
  workflow_run: {
    id: 5001, name: 'CI', node_id: 'WFR_kwLO5001', head_branch: 'KEY', head_sha: '9f2c1e7a6b5d4c3b2a190807060504030201ffee',
    path: '.github/workflows/ci.yml', display_title: 'Raise the pool size', run_number: 412,
    event: 'push', status: 'completed', conclusion: 'failure', workflow_id: 88120, check_suite_id: 70001,
    url: `${api}/repos/acme/shop/actions/runs/5001`, html_url: 'https://github.example/acme/shop/actions/runs/5001',
    pull_requests: [], created_at: '2026-03-02T08:00:00Z', updated_at: '2026-03-02T08:07:12Z', actor: user('mira', 91),
    run_attempt: 1, triggering_actor: user('mira', 91), run_started_at: '2026-03-02T08:00:00Z',
    ...urls(`${api}/repos/acme/shop/actions/runs/5001`, ['jobs', 'logs', 'check_suite', 'artifacts', 'cancel', 'rerun', 'workflow']),
    head_commit: {
      id: '9f2c1e7a6b5d4c3b2a190807060504030201ffee', message: 'Raise the pool size',
      timestamp: '2026-03-02T07:59:40Z', author: { name: 'Mira', email: 'mira@acme.example' },
    },
    head_repository: repository('shop', 771201),
  },
  workflow: { id: 88120, name: 'CI', path: '.github/workflows/ci.yml', state: 'active', url: `${api}/repos/acme/shop/actions/workflows/88120` },
  repository: repository('shop', 771201), organization: urls(`${api}/orgs/acme`, ['repos', 'events', 'hooks', 'issues', 'members']), sender: user('mira', 91),
});

/** The branch, which is part of the dedup key, goes between. */
const parts = payload.split('KEY');
strictEqual(parts.length, 2);
export const [before, after] = parts;
