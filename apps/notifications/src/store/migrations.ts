import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notifications1763700000000 implements MigrationInterface {
  readonly name = 'Notifications1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table notification_channels (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        kind text not null,
        name text not null,
        enabled boolean not null,
        disabled_reason text,
        -- The whole config, sealed: no part of it is readable in the database.
        sealed_config text not null,
        config_summary text not null,
        retry_delays_seconds int[],
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index notification_channels_newest on notification_channels (tenant_id, created_at desc, id desc);

      create table notification_routing_rules (
        id uuid primary key,
        tenant_id uuid not null,
        version int not null,
        name text not null,
        enabled boolean not null,
        priority int not null,
        stop boolean not null,
        conditions jsonb not null,
        targets jsonb not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
      );
      create index notification_routing_rules_newest on notification_routing_rules (tenant_id, created_at desc, id desc);

      -- The notification and its place in the queue at once: what is due is taken by due_at, and what has none is final. While it is being
      -- sent, due_at is the end of the claim, so that a sender which died is noticed by the same look.
      create table notifications (
        id uuid primary key,
        tenant_id uuid not null,
        channel_id uuid not null,
        channel_kind text not null,
        channel_name text not null,
        rule_id uuid,
        event_type text not null,
        fingerprint text not null,
        incident_id uuid,
        incident jsonb,
        trace_id uuid not null,
        status text not null,
        reason text,
        detail text,
        attempts int not null default 0,
        due_at timestamptz,
        -- Of the try that is in the air: whoever holds it may say what became of it.
        claim uuid,
        notice jsonb not null,
        remaining text[],
        replay_job_id uuid,
        replay_letter_id uuid,
        sent_at timestamptz,
        remote_id text,
        ack_by_user_id uuid,
        ack_at timestamptz,
        ack_note text,
        created_at timestamptz not null,
        updated_at timestamptz not null
      ) with (fillfactor = 80);
      create index notifications_due on notifications (due_at) where due_at is not null;
      create index notifications_newest on notifications (tenant_id, created_at desc, id desc);
      create index notifications_of_incident on notifications (incident_id, created_at) where incident_id is not null;
      create index notifications_of_trace on notifications (trace_id);
      create index notifications_of_fingerprint on notifications (tenant_id, fingerprint);

      create table notification_attempts (
        id uuid primary key,
        notification_id uuid not null,
        tenant_id uuid not null,
        number int not null,
        started_at timestamptz not null,
        duration_ms int not null,
        outcome text not null,
        reason text,
        detail text,
        request jsonb,
        response jsonb
      );
      create index notification_attempts_of on notification_attempts (notification_id, started_at);
      create view notification_log as
        select a.*, n.channel_id, n.channel_kind, n.event_type, n.incident_id, n.status
        from notification_attempts a join notifications n on n.id = a.notification_id;

      -- What each channel was told last about a fingerprint (nothing, when that died on the way).
      create table fingerprints (
        channel_id uuid not null,
        fingerprint text not null,
        tenant_id uuid not null,
        content text,
        acknowledged boolean not null default false,
        told_at timestamptz not null,
        primary key (channel_id, fingerprint)
      );
      create index fingerprints_of_tenant on fingerprints (tenant_id, fingerprint);

      -- The newest version of each incident that was looked at: an older change that comes late is passed over.
      create table incident_versions (incident_id uuid primary key, version int not null, seen_at timestamptz not null default now());

      -- A far side that asked to be left alone (Retry-After): nothing is sent to the channel until then.
      create table far_sides (channel_id uuid primary key, closed_until timestamptz not null, reason text not null);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view notification_log');
    await runner.query(`
      drop table far_sides, incident_versions, fingerprints, notification_attempts, notifications,
        notification_routing_rules, notification_channels`);
  }
}
