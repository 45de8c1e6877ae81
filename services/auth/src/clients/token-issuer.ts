import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { GetSigningKeysResponse } from '@sillage/contracts';
import { type Database, internalError, type Keyring, type Queryable } from '@sillage/kit';
import { SignJWT } from 'jose';
import { type ChangeOrigin, recordChange, tellGateways } from './change.ts';

export interface TokenIssuerOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly issuer: string;
  readonly audience: string;
  readonly tokenTtlS: number;
  /** A signing key older than this is replaced when the next token is asked for. */
  readonly maxKeyAgeMs: number;
  random: (bytes: number) => Uint8Array;
}

/** Whom a token is for and what it is good for. */
export interface TokenSubject {
  readonly clientId: string;
  readonly tenantId: string;
  readonly scopes: readonly string[];
}

/** One pod at a time makes a signing key: "sign" as a number. */
const lockId = 0x73_69_67_6e;
/** A clock that is ahead by this much still finds an old key published. */
const skewMs = 60_000;
/** Made by nobody: the time had come. */
const byTime: ChangeOrigin = { actor: 'service:auth', address: '', requestId: '', scopes: undefined };

type KeyRow = { kid: string; private_key: string; created_at: Date };

/**
 * Signs tokens with Ed25519. Private keys lie in Postgres, sealed under ENCRYPTION_KEY, and are removed there when
 * they retire; every pod signs with the same one.
 */
export class TokenIssuer {
  readonly #options: TokenIssuerOptions;
  #opened: { readonly kid: string; readonly key: KeyObject } | undefined;

  constructor(options: TokenIssuerOptions) {
    this.#options = options;
  }

  async issue(subject: TokenSubject, now: Date): Promise<{ token: string; expiresInS: number }> {
    const { issuer, audience, tokenTtlS } = this.#options;
    const { kid, key } = await this.#signingKey(now);
    const atS = Math.floor(now.getTime() / 1000);
    const token = await new SignJWT({ tenant: subject.tenantId, scope: subject.scopes.join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject.clientId)
      .setJti(randomUUID())
      .setIssuedAt(atS)
      .setNotBefore(atS)
      .setExpirationTime(atS + tokenTtlS)
      .sign(key);
    return { token, expiresInS: tokenTtlS };
  }

  /** What a verifier needs: every key whose tokens may still hold, the newest first. */
  async verification(now: Date): Promise<GetSigningKeysResponse> {
    const { database, issuer, audience } = this.#options;
    await this.#signingKey(now);
    const rows = await database.query<{ kid: string; public_key: Buffer }>(
      `select kid, public_key from auth.signing_keys where expires_at is null or expires_at > $1
       order by created_at desc`,
      [now],
    );
    const keys = rows.map((row) => ({ kid: row.kid, x: row.public_key.toString('base64url') }));
    return { issuer, audience, keys };
  }

  /** A new key signs from now on; what the old ones signed holds until the overlap ends. Returns the new key's id. */
  async rotate(overlapMs: number, now: Date, origin: ChangeOrigin): Promise<string> {
    return this.#options.database.transaction(async (connection) => {
      await connection.query('select pg_advisory_xact_lock($1)', [lockId]);
      return this.#replace(connection, overlapMs, now, origin);
    });
  }

  async #signingKey(now: Date): Promise<{ kid: string; key: KeyObject }> {
    const { database, keyring, maxKeyAgeMs, tokenTtlS } = this.#options;
    const isGood = (row: KeyRow | undefined) => row && now.getTime() - row.created_at.getTime() < maxKeyAgeMs;
    let row = await current(database);
    if (!row || !isGood(row)) {
      row = await database.transaction(async (connection) => {
        await connection.query('select pg_advisory_xact_lock($1)', [lockId]);
        const found = await current(connection);
        // Another pod was faster.
        if (found && isGood(found)) return found;
        await this.#replace(connection, tokenTtlS * 1000 + skewMs, now, byTime);
        return current(connection);
      });
    }
    if (!row) throw internalError('there is no signing key');
    if (this.#opened?.kid !== row.kid) {
      const place = placeOf(row.kid);
      const der = keyring.open(row.private_key, place);
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      if (!keyring.isCurrent(row.private_key)) {
        await database.query('update auth.signing_keys set private_key = $2 where kid = $1', [
          row.kid,
          keyring.seal(der, place),
        ]);
      }
      this.#opened = { kid: row.kid, key };
    }
    return this.#opened;
  }

  async #replace(connection: Queryable, overlapMs: number, now: Date, origin: ChangeOrigin): Promise<string> {
    const { keyring, random } = this.#options;
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const kid = Buffer.from(random(8)).toString('hex');
    const sealed = keyring.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), placeOf(kid));
    await connection.query('delete from auth.signing_keys where expires_at <= $1', [now]);
    await connection.query(
      `update auth.signing_keys set expires_at = least(expires_at, $2), retired_at = coalesce(retired_at, $1),
         private_key = null`,
      [now, new Date(now.getTime() + overlapMs)],
    );
    await connection.query(
      'insert into auth.signing_keys (kid, public_key, private_key, created_at) values ($1, $2, $3, $4)',
      [kid, Buffer.from(x, 'base64url'), sealed, now],
    );
    await tellGateways(connection, 'signing-keys');
    await recordChange(connection, origin, now, {
      action: 'signing_key.rotated',
      target: `signing_key:${kid}`,
      detail: { overlap_s: String(overlapMs / 1000) },
    });
    return kid;
  }
}

async function current(connection: Queryable): Promise<KeyRow | undefined> {
  const [row] = await connection.query<KeyRow>(
    'select kid, private_key, created_at from auth.signing_keys where retired_at is null',
  );
  return row;
}

function placeOf(kid: string): string {
  return `auth.signing_keys:${kid}`;
}
