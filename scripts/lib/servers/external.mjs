export const EXTERNAL_MONGODB = 'SLUICE_EXTERNAL_MONGODB_URI';
export const EXTERNAL_RABBITMQ = 'SLUICE_EXTERNAL_RABBITMQ_URI';

/** A server that the user names. It is used, never stopped: only names with the run's prefix are made and removed in it. */
export function externalServer(variable, what) {
  const uri = process.env[variable];
  if (!uri) return undefined;
  const refuse = async () => {
    throw new Error(`${what} of ${variable} is not ours to stop or start`);
  };
  return {
    uri,
    describe: `${what} at ${withoutPassword(uri)} (${variable})`,
    isPrivate: false,
    start: refuse,
    stop: refuse,
    kill: refuse,
  };
}

function withoutPassword(uri) {
  return uri.replace(/\/\/[^@/]*@/, '//…@');
}
