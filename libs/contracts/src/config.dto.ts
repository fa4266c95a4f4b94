import { z } from 'zod';

/** Where the value of a setting comes from. `file`: `.env`, or the streams' file. */
export const SETTING_SOURCES = ['default', 'environment', 'file'] as const;
export type SettingSource = (typeof SETTING_SOURCES)[number];

export const settingSchema = z
  .object({
    name: z.string(),
    value: z.unknown().meta({
      description: 'As it counts, defaults filled in; null where it is not set, or hidden. URIs come without who asks',
    }),
    source: z.enum(SETTING_SOURCES),
    isHidden: z.boolean().meta({ description: 'It is set, and its value is a secret' }),
  })
  .meta({ id: 'Setting' });
export type Setting = z.infer<typeof settingSchema>;

export const effectiveConfigSchema = z
  .object({
    app: z.string(),
    settings: z.array(settingSchema),
    streams: z
      .array(z.object({ name: z.string(), settings: z.array(settingSchema) }))
      .optional()
      .meta({ description: "Of cdc-producer: the streams' file" }),
  })
  .meta({
    id: 'EffectiveConfig',
    example: {
      app: 'cdc-producer',
      settings: [
        { name: 'MONGODB_URI', value: 'mongodb://db:27017/?tls=true', source: 'environment', isHidden: false },
        { name: 'ADMIN_TOKEN', value: null, source: 'file', isHidden: true },
        { name: 'LEASE_MS', value: 5000, source: 'default', isHidden: false },
      ],
      streams: [
        {
          name: 'shop',
          settings: [
            { name: 'scope', value: { database: 'shop' }, source: 'file', isHidden: false },
            { name: 'batchSize', value: 1000, source: 'default', isHidden: false },
          ],
        },
      ],
    },
  });
export type EffectiveConfig = z.infer<typeof effectiveConfigSchema>;
