import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Runs `use` with a database in memory that has one thread, as our functions do. */
export async function withDuckdb(use: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run('SET threads = 1');
    await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
