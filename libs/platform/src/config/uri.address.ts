/** Options of a MongoDB connection string that say where and how, and never who. */
const SHOWN_OPTIONS = [
  'authMechanism',
  'authSource',
  'directConnection',
  'loadBalanced',
  'readPreference',
  'replicaSet',
  'retryWrites',
  'ssl',
  'tls',
  'w',
].map((name) => name.toLowerCase());

/**
 * What of a URI may be seen: scheme, hosts, database or virtual host, and harmless options. Whoever writes a password with
 * an `@`, a `/` or a `?` in it writes a URI that parsers take apart elsewhere: what stands before the last `@` is left
 * out, whatever a parser makes of it.
 */
export function addressOf(uri: string): string {
  const [scheme = ''] = /^[a-z+]+:\/\//.exec(uri) ?? [];
  const [place = '', query = ''] = uri.slice(Math.max(uri.lastIndexOf('@') + 1, scheme.length)).split('?');
  const options = query
    .split('&')
    .filter((option) => SHOWN_OPTIONS.includes(option.split('=')[0]?.toLowerCase() ?? ''));
  return `${scheme}${place}${options.length === 0 ? '' : `?${options.join('&')}`}`;
}
