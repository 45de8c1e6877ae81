import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { metricCatalogue } from '@sillage/kit';
import { missingInScrape, readContract, readScrape } from '../../static/src/metric-contract.ts';
import { readQuery } from '../../static/src/promql.ts';
import { readQueries } from '../../static/src/queries.ts';
import { filesBelow, root } from '../../static/src/repository.ts';
import { runSql } from '../../support/auth.ts';
import type { GetFleet } from './index.ts';

/** What every service shows now, one scrape after the other. */
async function scrapes(get: GetFleet): Promise<Record<string, string>> {
  const entries = Object.entries(get().fleet.ops).map(
    async ([service, base]) => [service, await (await fetch(`${base}/metrics`)).text()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export function metrics(get: GetFleet): void {
  test('every service shows the metrics that the catalogue says it does, and no others', async () => {
    for (const [service, text] of Object.entries(await scrapes(get))) {
      const shown = [...readScrape(text).keys()]
        .filter((name) => name.startsWith('olfactory_'))
        .map((name) => (name in metricCatalogue ? name : name.replace(/_(bucket|sum|count)$/, '')));
      const declared = Object.entries(metricCatalogue)
        .filter(([, { services }]) => (services as readonly string[]).includes(service))
        .map(([name]) => name);
      expect([service, [...new Set(shown)].sort()]).toEqual([service, declared.sort()]);
    }
  });

  test('every query of rules, dashboards, scaling and runbooks finds its series in a scrape of the fleet', async () => {
    const scrape = readScrape(Object.values(await scrapes(get)).join('\n'));
    const contract = await readContract();
    const queries = readQueries();
    const missing = queries.flatMap(({ where, expr }) => {
      const lost = missingInScrape(readQuery(expr), scrape, contract);
      return lost.length > 0 ? [`${where}: ${lost.join(', ')}`] : [];
    });
    console.info(`${queries.length} queries checked, ${queries.length - missing.length} resolve in a scrape`);
    expect(missing).toEqual([]);
  });

  test('what the runbooks ask of Postgres it can answer', async () => {
    const { url } = get().postgres;
    const statements = filesBelow('docs/runbooks', /\.md$/).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/psql "\$DATABASE_URL" -c "(select [^"]+)"/g)].map(
        ([, sql = '']) => ({ file, sql: sql.replaceAll("'ID'", 'null') }),
      ),
    );
    expect(statements.length).toBeGreaterThan(5);
    for (const { sql } of statements) await runSql(url, sql);
  });
}
