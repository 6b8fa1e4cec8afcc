/*
 * Comfort, and nothing that a page needs: buttons that copy, times that tick, and a word before the session ends.
 * The texts are in the views.
 */

const announcement = document.querySelector('#announcement');

/** Says something to screen readers, too. */
function announce(text) {
  announcement.textContent = text;
}

/** Only where it is new: else a screen reader would say it every second. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* Copying: the button exists only where a script can do it. */
for (const button of navigator.clipboard ? document.querySelectorAll('[data-copy]') : []) {
  const label = button.querySelector('[data-label]');
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce(button.dataset.announce);
    label.textContent = button.dataset.done;
    setTimeout(() => (label.textContent = before), 2000);
  });
}

/* Times: in the reader's own time zone, and ticking. The same words as in src/web/time-in-words.ts. */
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

function fromNow(time) {
  const seconds = Math.round((time - Date.now()) / 1000);
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  if (unit) return RELATIVE.format(Math.round(seconds / unit[1]), unit[0]);
  return seconds > 0 ? 'in less than a minute' : 'just now';
}

const times = [...document.querySelectorAll('time[datetime]')].map((element) => ({
  at: new Date(element.dateTime).getTime(),
  words: element.querySelector('[data-from-now]'),
  date: element.querySelector('[data-date]'),
}));
for (const { at, date } of times) if (date) date.textContent = `(${DATE.format(at)})`;

/* The session: every tab tells the others when it ends, since a visit in one keeps it for all. */
const WARN_MS = 2 * 60_000;
const notice = document.querySelector('#session-end');
const channel = new BroadcastChannel('gatehouse-session');
const given = (name) => Number(notice.dataset[name]) * 1000; // in seconds, since clocks differ
let session = { endsAt: 0, latest: 0 };
let failed = false;

function show(...states) {
  notice.hidden = states.length === 0;
  for (const element of notice.querySelectorAll('[data-when]')) {
    element.hidden = !element.dataset.when.split(' ').some((state) => states.includes(state));
  }
}

function watchSession() {
  const left = session.endsAt - Date.now();
  if (left > WARN_MS) return show();
  if (left <= 0) return show('over');
  say(document.querySelector('#session-end-time'), fromNow(session.endsAt));
  // A visit helps as long as it gives more than there is.
  const canStay = session.latest - session.endsAt > 1000;
  show(canStay ? 'idle' : 'last', ...(failed ? ['failed'] : []));
}

async function stay() {
  const answer = await fetch('/', { headers: { accept: 'application/json' } }).catch(() => undefined);
  const { authenticated } = (answer?.ok && (await answer.json())) || {};
  failed = authenticated === undefined;
  if (authenticated) {
    visited();
    announce(notice.dataset.stayed);
    document.querySelector('main').focus();
  } else if (!failed) tell({ endsAt: 0, latest: 0 });
  watchSession();
}

/** The server was asked just now, and that counts as a visit. */
function visited(latest = session.latest) {
  tell({ endsAt: Math.min(Date.now() + given('idleSeconds'), latest), latest });
}

function tell(news) {
  session = news;
  channel.postMessage(news);
}

if (notice) {
  visited(Date.now() + given('latestInSeconds'));
  channel.addEventListener('message', ({ data }) => {
    session = data;
    watchSession();
  });
  document.querySelector('#stay').addEventListener('click', stay);
} else if (document.querySelector('#signed-out')) {
  tell({ endsAt: 0, latest: 0 });
}

function tick() {
  for (const { at, words } of times) say(words, fromNow(at));
  if (notice) watchSession();
}
tick();
setInterval(tick, 1000);
