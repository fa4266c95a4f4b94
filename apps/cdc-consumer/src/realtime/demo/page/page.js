import { RealtimeClient, ticketsFrom } from '../client.js';
import { DocumentList } from './document-list.js';
import { EventList } from './event-list.js';
import { StateSign } from './state-sign.js';

/** The page at `/realtime/demo`: shows, and lets one try, what `@sluice/realtime-client` does. */
const REALTIME = new URL('../../realtime', import.meta.url).href;
const TICKETS = `${REALTIME}/tickets`;
const UNAUTHORIZED = 401;

const form = document.querySelector('#wanted');
const access = document.querySelector('#access');
const cut = document.querySelector('#cut');
const restore = document.querySelector('#restore');
const sign = new StateSign(document.querySelector('#state'));
const events = new EventList(document.querySelector('#events'), {
  onOld: () => sign.catchUp(),
  onGap: () => sign.gap(),
});
const documents = new DocumentList(document.querySelector('#documents'), { onStale: () => sign.gap() });

let client;

cut.addEventListener('click', () => client?.disconnect());
restore.addEventListener('click', () => client?.connect());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  remember();
  void start();
});

/** What the fields ask for, in the contract's words. */
function wanted() {
  const { namespace, field, value, fields } = form.elements;
  const names = fields.value.split(/[\s,]+/).filter(Boolean);
  return {
    namespace: namespace.value.trim(),
    ...(field.value.trim() ? { where: { [field.value.trim()]: valueOf(value.value.trim()) } } : {}),
    ...(names.length > 0 ? { fields: names } : {}),
  };
}

/** Numbers, true, null and Extended JSON as such; anything else is a text. */
function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function start() {
  client?.close();
  client = undefined;
  if (!(await mayEnter())) return;
  const { namespace, where, fields } = wanted();
  const token = form.elements.token.value;
  client = new RealtimeClient({ url: REALTIME, ...(token ? { ticket: ticketsFrom(TICKETS, token) } : {}) });
  client.onState((state, reason) => {
    sign.show(state, reason);
    cut.disabled = state === 'disconnected' || state === 'closed';
    restore.disabled = state === 'open' || state === 'connecting' || state === 'closed';
  });
  events.follow(client.subscribe({ namespace, where, fields }));
  documents.follow(client.liveCollection({ namespace, where, fields }));
}

/** A server with tokens wants one for a ticket; asked for only there. */
async function mayEnter() {
  if (form.elements.token.value) return true;
  const { status } = await fetch(TICKETS, { method: 'POST' }).catch(() => ({ status: 0 }));
  access.hidden = status !== UNAUTHORIZED;
  if (access.hidden) return true; // also where nothing answers: the client says so, and comes back
  sign.ask('This server asks for a token.');
  form.elements.token.focus();
  return false;
}

/** In the address, so that it can be shared and loaded again; never the token. */
function remember() {
  const kept = ['namespace', 'field', 'value', 'fields'].map((name) => [name, form.elements[name].value.trim()]);
  const hash = new URLSearchParams(kept.filter(([, text]) => text !== ''));
  history.replaceState(null, '', `#${hash}`);
}

for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
  const input = form.elements[name];
  if (input && name !== 'token') input.value = text;
}
if (form.elements.namespace.value) void start();
