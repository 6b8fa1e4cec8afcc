/*
 * Adds comfort that no page needs: buttons that copy, times that tick, and a warning before the session ends.
 * The texts are in the views.
 */

const main = document.querySelector('main');
const announcement = document.querySelector('#announcement');

/** Announces a text to screen readers, even the same text twice. */
function announce(text) {
  announcement.textContent = '';
  setTimeout(() => (announcement.textContent = text), 50);
}

/** Changes the text only if it is new: otherwise a screen reader would say it every second. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Of a sentence with code, only the code is copied. */
function textToCopy(element) {
  const codes = [...element.querySelectorAll('code')];
  return codes.length > 0 ? codes.map((code) => code.textContent).join(' ') : element.textContent;
}

/* On a narrow screen the navigation scrolls: this brings the current page's link into view. */
document.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

/* Copying: the button shows only where a script can do it. */
for (const button of navigator.clipboard ? document.querySelectorAll('[data-copy]') : []) {
  const label = button.querySelector('[data-before]');
  const { before, done, failed } = label.dataset;
  const tell = (text) => {
    label.textContent = text;
    announce(button.textContent);
    setTimeout(() => (label.textContent = before), 3000);
  };
  button.hidden = false;
  button.addEventListener('click', () =>
    navigator.clipboard.writeText(textToCopy(document.getElementById(button.dataset.copy))).then(
      () => tell(done),
      () => tell(failed),
    ),
  );
}

/* Times: in the reader's own time zone, and ticking. The words are those of src/app/time-in-words.ts. */
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
  if (Math.abs(seconds) < 60) return seconds > 0 ? 'in less than a minute' : 'just now';
  const minutes = Math.round(seconds / 60) * 60;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(minutes) >= size);
  return RELATIVE.format(Math.round(minutes / length), unit);
}

const times = [...document.querySelectorAll('time[datetime]')].map((element) => ({
  at: new Date(element.dateTime).getTime(),
  words: element.querySelector('[data-from-now]'),
  date: element.querySelector('[data-date]'),
}));
for (const { at, date } of times) if (date) date.textContent = `(${DATE.format(at)})`;

/*
 * The session: every tab tells the others who is signed in and until when, since a visit in one tab counts for all. The
 * server says this in seconds, since clocks differ.
 */
const notice = document.querySelector('#session-end');
const channel = new BroadcastChannel('gatehouse-session');
const OVER = { who: undefined, endsAt: 0, latest: 0 };
const { who } = notice?.dataset ?? {};
const idleMs = Number(notice?.dataset.idleSeconds) * 1000;
const warnMs = Math.min(120_000, idleMs / 3);
let session = OVER;
let hasFailed = false;

/** Shows the parts of the notice that belong to `states`; without any, hides it. Focus never stays on a hidden part. */
function show(...states) {
  const { activeElement } = document;
  const isFocused = notice.contains(activeElement);
  notice.hidden = states.length === 0;
  for (const element of notice.querySelectorAll('[data-when]')) {
    element.hidden = !element.dataset.when.split(' ').some((state) => states.includes(state));
  }
  if (isFocused && activeElement.closest('[hidden]')) {
    (notice.hidden ? main : notice.querySelector('.button:not([hidden])')).focus();
  }
}

function watchSession() {
  const left = session.endsAt - Date.now();
  if (left > warnMs) return show();
  if (left <= 0) return show('over');
  say(notice.querySelector('#session-end-time'), fromNow(session.endsAt));
  // A visit helps as long as it moves the end further away.
  const canStay = session.latest - session.endsAt > 1000;
  show(canStay ? 'idle' : 'last', ...(hasFailed ? ['failed'] : []));
}

function tell(news) {
  session = news;
  channel.postMessage(news);
}

/** The server has just been asked, which counts as a visit. */
function visited(latest) {
  tell({ who, endsAt: Math.min(Date.now() + idleMs, latest), latest });
}

/** Asks the server, which counts as a visit. */
async function stay() {
  const asked = fetch('/', { headers: { accept: 'application/json' } }).then((answer) => answer.json());
  const { authenticated, user, session: state } = (await asked.catch(() => undefined)) ?? {};
  hasFailed = authenticated === undefined || state === 'unavailable';
  if (authenticated && user?.sub === who) visited(session.latest);
  else if (!hasFailed) session = OVER;
  watchSession();
  if (notice.hidden) announce(notice.dataset.stayed);
}

if (notice) {
  visited(Date.now() + Number(notice.dataset.latestInSeconds) * 1000);
  channel.addEventListener('message', ({ data }) => {
    // In another tab somebody signed out, or somebody else signed in: this page is out of date.
    session = data.who === who ? data : OVER;
    watchSession();
  });
  notice.querySelector('#stay').addEventListener('click', stay);
  // The back button may bring a page out of the browser's memory: only the server knows who is signed in now.
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    document.body.hidden = true;
    location.reload();
  });
} else if (document.querySelector('#signed-out')) {
  tell(OVER);
}

function tick() {
  for (const { at, words } of times) say(words, fromNow(at));
  if (notice) watchSession();
}
tick();
setInterval(tick, 1000);
