import type { Database } from '@sillage/kit';

/** A kind of sensor head as it was last described. */
export interface StoredSensorType {
  readonly name: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly parameters: unknown;
}

type SensorTypeRow = { name: string; model_name: string; model_version: string; parameters: unknown };

/** Kinds of sensor heads in Postgres. */
export class SensorTypeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async all(): Promise<readonly StoredSensorType[]> {
    const rows = await this.#database.query<SensorTypeRow>(
      'select name, model_name, model_version, parameters from sensors.sensor_types order by name',
    );
    return rows.map(({ name, model_name, model_version, parameters }) => ({
      name,
      model: { name: model_name, version: model_version },
      parameters,
    }));
  }

  async save({ name, model, parameters }: StoredSensorType): Promise<void> {
    await this.#database.query(
      `insert into sensors.sensor_types as known (name, model_name, model_version, parameters)
       values ($1, $2, $3, $4)
       on conflict (name) do update
       set model_name = $2, model_version = $3, parameters = $4
       where (known.model_name, known.model_version, known.parameters) is distinct from ($2, $3, $4::jsonb)`,
      [name, model.name, model.version, JSON.stringify(parameters)],
    );
  }
}
