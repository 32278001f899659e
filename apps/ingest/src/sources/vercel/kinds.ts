import type { EventKind, TestAlert } from '../contract.js';

const PRODUCTION = 'vercel-deployment-<project>-production';
const PREVIEW = 'vercel-deployment-<project>-<target>-<branch>';
const CHECKS = 'vercel-checks-<project>-<target>';
const CERTIFICATE = 'vercel-certificate-<names>';

export const KINDS: readonly EventKind[] = [
  { when: 'deployment.error, to production', action: 'trigger', key: PRODUCTION, severity: 'error', fixture: 'pair-production.firing' },
  { when: 'deployment.succeeded, deployment.ready, to production', action: 'resolve', key: PRODUCTION, severity: 'info', fixture: 'pair-production.resolved' },
  { when: 'deployment.error, to a preview', action: 'trigger', key: PREVIEW, fixture: 'pair-preview.firing' },
  { when: 'deployment.succeeded, deployment.ready, of a preview', action: 'resolve', key: PREVIEW, fixture: 'pair-preview.resolved' },
  { when: 'deployment.blocked', action: 'trigger', key: PREVIEW, fixture: 'deployment-blocked' },
  { when: 'deployment.created, .canceled, .promoted, .rollback, .cleanup, …', action: 'ignored', fixture: 'ignored-canceled' },
  { when: 'deployment.checks.failed', action: 'trigger', key: CHECKS, severity: 'error', fixture: 'pair-checks.firing' },
  { when: 'deployment.checks.succeeded', action: 'resolve', key: CHECKS, fixture: 'pair-checks.resolved' },
  { when: 'deployment-checks-completed, a check failed', action: 'trigger', key: CHECKS, fixture: 'pair-checks-completed.firing' },
  { when: 'deployment-checks-completed, none failed', action: 'resolve', key: CHECKS, fixture: 'pair-checks-completed.resolved' },
  { when: 'alerts.triggered, observability.*-anomaly, botid.anomaly', action: 'trigger', key: 'vercel-alert-<project>-<alert>', fixture: 'alerts' },
  { when: 'firewall.attack, firewall.*-rule-anomaly', action: 'trigger', key: 'vercel-firewall-<project>-<event>', fixture: 'firewall-attack' },
  { when: 'domain.certificate.add.failed, domain.certificate.renew.failed', action: 'trigger', key: CERTIFICATE, fixture: 'pair-certificate.firing' },
  { when: 'domain.certificate.add, domain.certificate.renew', action: 'resolve', key: CERTIFICATE, fixture: 'pair-certificate.resolved' },
  { when: 'domain.renewal.failed', action: 'trigger', key: 'vercel-renewal-<domain>', fixture: 'pair-renewal.firing' },
  { when: 'domain.renewal', action: 'resolve', key: 'vercel-renewal-<domain>', fixture: 'pair-renewal.resolved' },
  { when: 'domain.transfer-in.failed', action: 'trigger', key: 'vercel-transfer-<domain>', fixture: 'transfer-failed' },
  { when: 'project.domain.unverified', action: 'trigger', key: 'vercel-verification-<domain>', fixture: 'domain-unverified' },
  { when: 'project.rolling-release.aborted', action: 'trigger', key: 'vercel-rollout-<project>', fixture: 'rollout-aborted' },
  { when: 'marketplace.invoice.notpaid, .overdue', action: 'trigger', key: 'vercel-invoice-<invoice>', fixture: 'invoice-overdue' },
  { when: 'budget.reached, function.*-required, ai-gateway.*', action: 'trigger', key: 'vercel-budget-<team>', fixture: 'budget-reached' },
  { when: 'project.created, domain.created, and every other event', action: 'ignored', fixture: 'ignored-project-created' },
  { when: 'test-webhook', action: 'ignored', fixture: 'ignored-test' },
];

function deployment(type: 'deployment.error' | 'deployment.succeeded') {
  return {
    body: {
      type, createdAt: 1_767_225_600_000, region: 'iad1',
      payload: {
        project: { id: 'prj_signalbox_test' }, target: 'production', plan: 'pro', regions: ['iad1'],
        deployment: { id: 'dpl_signalbox_test', name: 'signalbox-test', url: 'signalbox-test.vercel.app', meta: {} },
        links: { deployment: 'https://vercel.com/signalbox/test/dpl', project: 'https://vercel.com/signalbox/test' },
      },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: deployment('deployment.error'), resolved: deployment('deployment.succeeded') };
