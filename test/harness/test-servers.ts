/** The servers that `npm test` has started; tests share them and keep apart by names. */
export interface ServerUris {
  readonly mongodb: string;
  readonly rabbitmq: string;
}

export function testServers(): ServerUris {
  return { mongodb: required('SLUICE_TEST_MONGODB_URI'), rabbitmq: required('SLUICE_TEST_RABBITMQ_URI') };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `${name} is not set: run the tests by "npm test", which starts the servers ("npm test -- e2e" for these alone).`,
    );
  }
  return value;
}
