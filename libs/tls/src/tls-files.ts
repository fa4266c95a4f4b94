/** Where the PEM files of one connection, or of one port, lie. */
export interface TlsFiles {
  /** What the names of their variables begin with, `RABBITMQ_TLS`: messages name the one to look at. */
  readonly prefix: string;
  /** Whose signature the other side's certificate must have; not set: one of those that Node.js brings. */
  readonly caFile?: string | undefined;
  /** The own certificate, with those that signed it behind it; together with its key or not at all. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** How a client sets up TLS: with which files, and for which name. */
export interface TlsClient extends TlsFiles {
  /** The name that the server's certificate must have; not set: the host that is connected to. */
  readonly serverName?: string | undefined;
}

/** `RABBITMQ_TLS_CA_FILE` and its like. */
export const tlsVariables = (prefix: string) =>
  ({
    ca: `${prefix}_CA_FILE`,
    cert: `${prefix}_CERT_FILE`,
    key: `${prefix}_KEY_FILE`,
    serverName: `${prefix}_SERVER_NAME`,
  }) as const;

/** A client's side as the environment says it; an empty variable counts as not set. */
export function tlsClientOf(prefix: string, environment: Readonly<Record<string, string | undefined>>): TlsClient {
  const { ca, cert, key, serverName } = tlsVariables(prefix);
  return {
    prefix,
    caFile: environment[ca] || undefined,
    certFile: environment[cert] || undefined,
    keyFile: environment[key] || undefined,
    serverName: environment[serverName] || undefined,
  };
}
