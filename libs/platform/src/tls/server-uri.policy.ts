/** Options of MongoDB's connection string that leave a server's certificate, or the name in it, unchecked. */
const UNCHECKED = ['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'];

/** Whether a connection string asks for TLS: https://www.mongodb.com/docs/manual/reference/connection-string-options/#tls-options */
export function isMongoTls(uri: string): boolean {
  const options = optionsOf(uri);
  const asked = options.get('tls') ?? options.get('ssl');
  return asked === undefined ? uri.startsWith('mongodb+srv://') : asked === 'true';
}

/** Those that turn a check off. */
export function uncheckedMongoOptions(uri: string): string[] {
  const options = optionsOf(uri);
  return UNCHECKED.filter((name) => options.get(name.toLowerCase()) === 'true').map((name) => `${name}=true`);
}

/** https://www.rabbitmq.com/docs/uri-spec */
export function isRabbitTls(uri: string): boolean {
  return uri.startsWith('amqps://');
}

/** Whether a URI says who connects. */
export function namesUser(uri: string): boolean {
  return URL.canParse(uri) && `${new URL(uri).username}${new URL(uri).password}` !== '';
}

/** By names in lower case, as the driver takes them in any. */
function optionsOf(uri: string): Map<string, string> {
  const [, query = ''] = uri.split('?');
  return new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]));
}
