/** Loaded when first needed: it comes with `npm ci`, which is one of the things these scripts do. */
async function driver() {
  const { MongoClient } = await import('mongodb');
  return MongoClient;
}

/** Runs `work` on a short-lived connection to this one server, without waiting for a server that is not there yet. */
export async function withClient(uri, work) {
  const MongoClient = await driver();
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 1_000, connectTimeoutMS: 1_000 });
  try {
    return await work(await client.connect());
  } finally {
    await client.close();
  }
}

/** Whether the server takes writes and can open change streams (is a replica set's primary), unless it is to stand alone. */
export async function isWritablePrimary(uri, { standalone = false } = {}) {
  try {
    return await withClient(uri, async (client) => {
      const hello = await client.db('admin').command({ hello: 1 });
      return hello.isWritablePrimary === true && (standalone || typeof hello.setName === 'string');
    });
  } catch {
    return false;
  }
}

/** Makes a fresh mongod the only node of a replica set, without which there are no change streams. */
export async function initiateReplicaSet(uri, host) {
  await withClient(uri, async (client) => {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello.setName) return;
    await admin.command({ replSetInitiate: { _id: 'sluice', members: [{ _id: 0, host }] } });
  });
}
