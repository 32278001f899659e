import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Notifications for people: who they are for is no longer the same as the channel they go through, which there may not even be. */
export class Recipients1795340000000 implements MigrationInterface {
  readonly name = 'Recipients1795340000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fingerprints rename column channel_id to audience_id;
      alter table notifications alter column channel_id drop not null, add column recipient jsonb, add column audience_id uuid;
      update notifications set audience_id = channel_id;
      alter table notifications alter column audience_id set not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from notifications where channel_id is null;
      alter table notifications drop column audience_id, drop column recipient, alter column channel_id set not null;
      alter table fingerprints rename column audience_id to channel_id;
    `);
  }
}
