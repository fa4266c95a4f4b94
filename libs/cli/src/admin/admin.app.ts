/** One of the two apps, as the command line finds and names it. */
export interface AdminApp {
  readonly name: 'cdc-producer' | 'cdc-consumer';
  readonly npmScript: string;
  readonly urlOption: string;
  readonly urlVariable: string;
  /** `PRODUCER_HTTP_PORT` and `CONSUMER_HTTP_PORT` unless they are set otherwise. */
  readonly defaultUrl: string;
}

export const PRODUCER: AdminApp = {
  name: 'cdc-producer',
  npmScript: 'start:producer',
  urlOption: '--producer-url',
  urlVariable: 'SLUICE_PRODUCER_URL',
  defaultUrl: 'http://127.0.0.1:3000',
};

export const CONSUMER: AdminApp = {
  name: 'cdc-consumer',
  npmScript: 'start:consumer',
  urlOption: '--consumer-url',
  urlVariable: 'SLUICE_CONSUMER_URL',
  defaultUrl: 'http://127.0.0.1:3001',
};
