import { join } from 'node:path';
import { type SchemasOf, sqlSchema } from '@sillage/kit';

const directory = join(import.meta.dirname, '../..', 'migrations');

/** The schema `auth`. */
export const authSchemas: SchemasOf = ({ databaseUrl }) => [
  sqlSchema({ url: databaseUrl, directory, schema: 'auth' }),
];
