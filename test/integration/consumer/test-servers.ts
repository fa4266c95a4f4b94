/** The servers that `npm test` provides; a test never starts against what a shell exports for something else. */
export function testServers(): { mongodb: string; rabbitmq: string } {
  return { mongodb: required('SLUICE_TEST_MONGODB_URI'), rabbitmq: required('SLUICE_TEST_RABBITMQ_URI') };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set: run "npm test", which starts the servers`);
  return value;
}
