import { consentPurposeNames, consentPurposes } from '@sillage/contracts';
import type { Database } from '@sillage/kit';
import { type ChangeOrigin, recordChange, tellGateways } from './change.ts';
import { assertTenant } from './tenant-store.ts';

export interface Consent {
  readonly purpose: string;
  readonly isGranted: boolean;
  readonly version: string;
  readonly decidedAt: Date;
}

type ConsentRow = { purpose: string; is_granted: boolean; version: string; decided_at: Date };

const maxHistory = 200;

/** SQL for what a tenant agrees to: the newest decision of a purpose, where it is of the text as it is now. */
export const agreedPurposes = `array(
  select purpose from (
    select distinct on (purpose) purpose, is_granted, version from auth.consents
    where consents.tenant_id = tenants.id order by purpose, id desc
  ) newest
  where is_granted and (purpose, version) in (values ${consentPurposeNames
    .map((purpose) => `('${purpose}', '${consentPurposes[purpose].version}')`)
    .join(', ')})
)`;

/** Decisions of tenants, in Postgres. */
export class ConsentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. Throws not_found without the tenant. */
  async history(tenantId: string): Promise<readonly Consent[]> {
    await assertTenant(this.#database, tenantId);
    const rows = await this.#database.query<ConsentRow>(
      `select purpose, is_granted, version, decided_at from auth.consents
       where tenant_id = $1 order by id desc limit $2`,
      [tenantId, maxHistory],
    );
    return rows.map((row) => ({
      purpose: row.purpose,
      isGranted: row.is_granted,
      version: row.version,
      decidedAt: row.decided_at,
    }));
  }

  /** Keeps the decisions, tells every gateway and the audit log, all or none. Throws not_found. */
  async decide(
    tenantId: string,
    decisions: readonly Omit<Consent, 'decidedAt'>[],
    now: Date,
    origin: ChangeOrigin,
  ): Promise<void> {
    await this.#database.transaction(async (connection) => {
      await assertTenant(connection, tenantId, 'for update');
      for (const { purpose, isGranted, version } of decisions) {
        await connection.query(
          `insert into auth.consents (tenant_id, purpose, is_granted, version, decided_at)
           values ($1, $2, $3, $4, $5)`,
          [tenantId, purpose, isGranted, version, now],
        );
      }
      await tellGateways(connection, { tenant: tenantId });
      for (const { purpose, isGranted, version } of decisions) {
        await recordChange(connection, origin, now, {
          action: isGranted ? 'consent.granted' : 'consent.withdrawn',
          target: `tenant:${tenantId}`,
          tenantId,
          detail: { purpose, version },
        });
      }
    });
  }
}
