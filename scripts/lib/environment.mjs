/** What a shell may export for something else, and must not change our runs. */
const NOT_INHERITED =
  /^(SLUICE_|MONGODB_URI$|RABBITMQ_URI$|ADMIN_TOKEN$|HTTP_HOST$|LOG_LEVEL$|SHUTDOWN_TIMEOUT_MS$|CONSUMER_|PRODUCER_|REALTIME|PARTITIONS$|LEASE_MS$)/;

/** The environment for what we start: the shell's, without its settings for Sluice, and with our `own`. */
export function environmentWith(own) {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !NOT_INHERITED.test(key))), ...own };
}
