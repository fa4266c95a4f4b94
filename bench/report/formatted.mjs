import { format, resolveConfig } from 'prettier';

/** As `npm run lint` wants to see the file. */
export async function formatted(text, file) {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
