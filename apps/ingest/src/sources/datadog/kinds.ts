import type { EventKind, TestAlert } from '../contract.js';

const CYCLE = 'datadog-<alert cycle key>';
const TITLE = 'datadog-title-<digest of title and scope>';

export const KINDS: readonly EventKind[] = [
  { when: 'monitor, $ALERT_TRANSITION Triggered, Re-Triggered, Renotify', action: 'trigger', key: CYCLE, fixture: 'pair-monitor.firing' },
  { when: 'monitor, $ALERT_TRANSITION Recovered', action: 'resolve', key: CYCLE, fixture: 'pair-monitor.resolved' },
  { when: 'monitor, $ALERT_TRANSITION Warn, Re-Warn', action: 'trigger', key: 'datadog-<aggregation key>', severity: 'warning', fixture: 'pair-warn.firing' },
  { when: 'monitor, $ALERT_TRANSITION No Data, Re-No Data', action: 'trigger', key: 'datadog-monitor-<alert>-<scope>', fixture: 'pair-no-data.firing' },
  {
    when: 'monitor, $ALERT_TRANSITION Recovered, without a cycle or aggregation key',
    action: 'resolve', key: 'datadog-monitor-<alert>-<scope>', fixture: 'pair-no-data.resolved',
  },
  { when: "Datadog's default payload, by the state at the head of its title", action: 'trigger', key: TITLE, fixture: 'pair-default-payload.firing' },
  { when: "Datadog's default payload, [Recovered] at the head of its title", action: 'resolve', key: TITLE, fixture: 'pair-default-payload.resolved' },
  {
    when: 'alert_type error, warning, info, where nothing else tells the state',
    action: 'trigger', key: 'datadog-<aggregation key>', fixture: 'pair-alert-type.firing',
  },
  { when: 'alert_type success, where nothing else tells the state', action: 'resolve', key: 'datadog-<aggregation key>', fixture: 'pair-alert-type.resolved' },
  { when: 'synthetic test that fails', action: 'trigger', key: CYCLE, fixture: 'pair-synthetic.firing' },
  { when: 'event of the event stream (@webhook-… in its text)', action: 'trigger', key: TITLE, fixture: 'event-of-a-user' },
  { when: 'security signal', action: 'trigger', key: 'datadog-<signal>', fixture: 'security-signal' },
  { when: 'incident, active or stable', action: 'trigger', key: 'datadog-incident-<incident>', fixture: 'pair-incident.firing' },
  { when: 'incident, resolved or completed', action: 'resolve', key: 'datadog-incident-<incident>', fixture: 'pair-incident.resolved' },
];

function monitor(transition: 'Triggered' | 'Recovered') {
  return {
    id: transition === 'Triggered' ? '1' : '2', title: `[${transition}] A test alert from Signalbox`, alert_transition: transition, alert_type: 'info',
    alert_id: 'signalbox-test', alert_cycle_key: 'signalbox-test', hostname: 'signalbox',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: monitor('Triggered') }, resolved: { body: monitor('Recovered') } };
