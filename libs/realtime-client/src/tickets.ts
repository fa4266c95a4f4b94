import { CLIENT_ERROR, RealtimeError } from './realtime.error.js';

/**
 * A client's `ticket` that exchanges a token at `POST /realtime/tickets`. Refused (401, 403) it ends the client, any
 * other failure is tried again with the connection.
 */
export function ticketsFrom(url: string, token: string | (() => string | Promise<string>)): () => Promise<string> {
  return async () => {
    const bearer = typeof token === 'string' ? token : await token();
    const response = await fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${bearer}` } });
    if (response.status === 401 || response.status === 403) throw refused(response.status);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    const { ticket } = (await response.json()) as { readonly ticket: string }; // the server keeps the contract
    return ticket;
  };
}

function refused(status: number): RealtimeError {
  const what = status === 401 ? 'is not known here, or has expired' : 'is not for live push';
  return new RealtimeError(CLIENT_ERROR.ticketRefused, `No ticket (${status}): the token ${what}.`);
}
