/** A tenant's day by resource: what is free, what is taken, booked by a click and followed live. */
import * as api from './api.js';
import { changeLanguage, language, word } from './words.js';

/** How often the day is read again without a session to follow it by, and with one, in milliseconds. */
const REFRESH_MS = 10_000;
const REFRESH_LIVE_MS = 60_000;
/** Changes that come within this time are shown together, in milliseconds. */
const GATHER_MS = 150;
const TOAST_MS = 4_000;
const DAY_MS = 86_400_000;
const HOLDING = ['PENDING', 'CONFIRMED', 'COMPLETED'];

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const domain = asked.get('domain') ?? 'academia-fit.com';

let tenant;
let date = asked.get('date');
let resources = [];
let bookings = new Map();
let me;
let state;

function element(tag, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

let toasting;
function toast(text) {
  clearTimeout(toasting);
  $('toast').textContent = text;
  $('toast').hidden = false;
  toasting = setTimeout(() => ($('toast').hidden = true), TOAST_MS);
}

/** What went wrong, in a sentence; a session that has ended is left. */
function explain(error) {
  if (error.code === 'UNAUTHENTICATED') leave();
  toast(error instanceof api.Refused ? error.message : word('failed'));
}

const later = (days) => new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: tenant.settings.timezone }).format();
const timeOf = ({ localStart }) => localStart.slice(11, 16);

/** The booking that holds any part of the slot, of those that this caller may see. */
const bookingIn = (resource, slot) =>
  [...bookings.values()].find(
    (one) =>
      one.resource.id === resource.id &&
      HOLDING.includes(one.status) &&
      one.startTime < slot.endTime &&
      one.endTime > slot.startTime,
  );

function slotButton(resource, slot, told) {
  const booking = bookingIn(resource, slot);
  const isMine = booking && booking.client.id === me?.id;
  const isTaken = booking || slot.unavailableReason === 'CONFLICT';
  const kind = isMine ? 'mine' : isTaken ? 'taken' : slot.available ? 'free' : 'closed';
  const says = booking && !isMine ? booking.client.name : word(kind);
  const isTold = booking && told.has(booking.id);
  const button = element(
    'button',
    {
      type: 'button',
      className: `slot ${kind}${isTold ? ' told' : ''}`,
      title: says,
      disabled: kind === 'closed' || (kind === 'taken' && !booking),
    },
    element('b', { text: timeOf(slot) }),
    element('span', { text: says }),
  );
  button.addEventListener('click', () =>
    booking ? showBooking(resource, slot, booking) : void bookSlot(resource, slot),
  );
  return button;
}

function showDay(told = new Set()) {
  const cards = resources.map((resource) => {
    const slots = resource.availability.flatMap((day) => day.slots);
    const title = element('h3', { text: resource.name }, element('small', { text: resource.location ?? '' }));
    const card = element('section', { className: 'resource' }, title);
    card.dataset.resource = resource.id;
    card.append(
      slots.length > 0
        ? element('div', { className: 'slots' }, ...slots.map((slot) => slotButton(resource, slot, told)))
        : element('p', { text: word('nothing') }),
    );
    return card;
  });
  $('resources').replaceChildren(...cards);
}

/** All of the page that is said in words. */
function showWords() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll('[data-word]')) one.textContent = word(one.dataset.word);
  $('language').textContent = word('other');
  $('sign').textContent = word(api.isSignedIn() ? 'signOut' : 'signIn');
  $('before').ariaLabel = word('before');
  $('after').ariaLabel = word('after');
  $('live').textContent = word(state === 'live' ? 'live' : state === 'lost' ? 'reconnecting' : 'notLive');
  $('live').className = `live ${state === 'live' ? 'on' : (state ?? '')}`;
  $('me').textContent = me?.name ?? '';
  if (!tenant) return;
  const { customLabels: labels } = tenant.settings;
  $('heading').textContent = labels.resourcePlural;
  $('hint').textContent = word('hint', labels);
  $('day').textContent = new Date(`${date}T12:00Z`).toLocaleDateString(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  const kinds = ['free', 'taken', 'mine', 'closed'].map((kind) =>
    element('li', {}, element('i', { className: `slot ${kind}` }), word(kind)),
  );
  $('key').replaceChildren(...kinds);
}

let reading = 0;
/** Reads the day and shows it, with the bookings of `told` marked; of several readings at once the last one counts. */
async function readDay(told) {
  const turn = (reading += 1);
  const day = date;
  try {
    const [found, seen] = await Promise.all([
      api.resourcesOn(tenant.id, day),
      // A day of any zone lies within these two days of UTC.
      api.isSignedIn()
        ? api.bookingsBetween(new Date(Date.parse(day) - DAY_MS), new Date(Date.parse(day) + 2 * DAY_MS))
        : undefined,
    ]);
    if (turn !== reading) return;
    resources = found;
    me = seen?.me;
    bookings = new Map((seen?.bookings.nodes ?? []).map((booking) => [booking.id, booking]));
    showDay(told);
    showWords();
  } catch (error) {
    if (turn === reading) explain(error);
  }
}

function goTo(next) {
  date = next;
  $('date').value = date;
  history.replaceState(null, '', `?${new URLSearchParams({ ...Object.fromEntries(asked), date })}`);
  showWords();
  return readDay();
}

let gathered = new Set();
function bookingTold(booking) {
  if (gathered.size === 0) {
    setTimeout(() => {
      const told = gathered;
      gathered = new Set();
      void readDay(told);
    }, GATHER_MS);
  }
  gathered.add(booking.id);
}

function stateTold(next) {
  state = next;
  if (next === 'ended') leave();
  // What changed between the last reading and the first that is told.
  if (next === 'live') setTimeout(readDay, 1_000);
  showWords();
}

const followLive = () => api.follow({ onBooking: bookingTold, onState: stateTold });

function leave() {
  api.signOut();
  state = undefined;
  me = undefined;
  bookings = new Map();
  showWords();
  void readDay();
}

function askToSignIn() {
  $('signing').querySelector('.wrong').hidden = true;
  $('signing').showModal();
}

async function bookSlot(resource, slot) {
  if (!api.isSignedIn()) return askToSignIn();
  try {
    const { booking } = await api.book(resource.id, slot);
    toast(word('booked', tenant.settings.customLabels));
    await readDay(new Set([booking.id]));
  } catch (error) {
    explain(error);
    await readDay();
  }
  return undefined;
}

/** The booking that the dialog shows. */
let shown;
function showBooking(resource, slot, booking) {
  const dialog = $('booking');
  dialog.querySelector('h2').textContent = resource.name;
  dialog.querySelector('.when').textContent = `${$('day').textContent}, ${timeOf(slot)}`;
  dialog.querySelector('.whose').textContent = booking.client.name;
  dialog.querySelector('.main').hidden = !booking.canCancel;
  shown = booking;
  dialog.showModal();
}

async function cancelShown() {
  try {
    await api.cancel(shown.id);
    toast(word('cancelled', tenant.settings.customLabels));
  } catch (error) {
    explain(error);
  }
  await readDay();
}

function dress() {
  document.title = tenant.name;
  $('tenant').textContent = tenant.name;
  const brand = tenant.themePrimaryColor;
  if (!brand) return;
  const hex = brand.length === 4 ? brand.replace(/[\da-f]/gi, '$&$&') : brand;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const isLight = red * 0.299 + green * 0.587 + blue * 0.114 > 160;
  document.documentElement.style.setProperty('--brand', brand);
  document.documentElement.style.setProperty('--on-brand', isLight ? '#1b1e22' : '#fff');
}

async function signInBy(event) {
  event.preventDefault();
  const { email, password } = event.target;
  const wrong = event.target.querySelector('.wrong');
  try {
    await api.signIn(domain, email.value, password.value);
    password.value = '';
    $('signing').close();
    void followLive();
    await readDay();
  } catch (error) {
    wrong.textContent = error instanceof api.Refused ? error.message : word('failed');
    wrong.hidden = false;
  }
}

const on = (target, event, act) => target.addEventListener(event, (told) => void act(told));
on($('before'), 'click', () => goTo(later(-1)));
on($('after'), 'click', () => goTo(later(1)));
on($('date'), 'change', ({ target }) => target.value && goTo(target.value));
on($('language'), 'click', () => {
  changeLanguage();
  showWords();
  showDay();
});
on($('sign'), 'click', () => (api.isSignedIn() ? leave() : askToSignIn()));
on($('booking').querySelector('.main'), 'click', cancelShown);
on($('signing').querySelector('form'), 'submit', signInBy);
for (const button of document.querySelectorAll('dialog [value=cancel]')) {
  on(button, 'click', () => button.closest('dialog').close());
}

function refreshLater() {
  setTimeout(
    async () => {
      await readDay();
      refreshLater();
    },
    state === 'live' ? REFRESH_LIVE_MS : REFRESH_MS,
  );
}

showWords();
try {
  tenant = await api.tenantOf(domain);
  if (tenant) {
    dress();
    if (api.isSignedIn()) void followLive();
    await goTo(date ?? today());
    refreshLater();
  } else {
    $('hint').textContent = word('noTenant', domain);
  }
} catch (error) {
  explain(error);
}
