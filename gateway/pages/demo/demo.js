import * as api from './api.js';
import { changeLanguage, language, word } from './words.js';

/** How often the day is read, without and with live updates. */
const REFRESH_MS = 10_000;
const REFRESH_LIVE_MS = 60_000;
/** Changes within this time are shown together. */
const BATCH_MS = 150;
const TOAST_MS = 4_000;
const DAY_MS = 86_400_000;
const OCCUPYING = ['PENDING', 'CONFIRMED', 'COMPLETED'];

const $ = (id) => document.getElementById(id);
const searchParams = new URLSearchParams(location.search);
const domain = searchParams.get('domain') ?? 'academia-fit.com';

let tenant;
let date = searchParams.get('date');
let resources = [];
let bookings = new Map();
let me;
let state;

function element(tag, { text, ...properties } = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) created.textContent = text;
  created.append(...children);
  return created;
}

let toastTimer;
function toast(text) {
  clearTimeout(toastTimer);
  $('toast').textContent = text;
  $('toast').hidden = false;
  toastTimer = setTimeout(() => ($('toast').hidden = true), TOAST_MS);
}

/** Signs out if the session has ended. */
function explain(error) {
  if (error.code === 'UNAUTHENTICATED') signOut();
  toast(error instanceof api.ApiRefusal ? error.message : word('failed'));
}

const later = (days) => new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: tenant.settings.timezone }).format();
const timeOf = ({ localStart }) => localStart.slice(11, 16);

/** Undefined if the caller may not see it. */
const bookingIn = (resource, slot) =>
  [...bookings.values()].find(
    (one) =>
      one.resource.id === resource.id &&
      OCCUPYING.includes(one.status) &&
      one.startTime < slot.endTime &&
      one.endTime > slot.startTime,
  );

function slotButton(resource, slot, changedIds) {
  const booking = bookingIn(resource, slot);
  const isMine = booking && booking.client.id === me?.id;
  const isTaken = booking || slot.unavailableReason === 'CONFLICT';
  const kind = isMine ? 'mine' : isTaken ? 'taken' : slot.available ? 'free' : 'closed';
  const label = booking && !isMine ? booking.client.name : word(kind);
  const hasChanged = booking && changedIds.has(booking.id);
  const button = element(
    'button',
    {
      type: 'button',
      className: `slot ${kind}${hasChanged ? ' changed' : ''}`,
      title: label,
      disabled: kind === 'closed' || (kind === 'taken' && !booking),
    },
    element('b', { text: timeOf(slot) }),
    element('span', { text: label }),
  );
  button.addEventListener('click', () =>
    booking ? showBooking(resource, slot, booking) : void bookSlot(resource, slot),
  );
  return button;
}

function showDay(changedIds = new Set()) {
  const cards = resources.map((resource) => {
    const slots = resource.availability.flatMap((day) => day.slots);
    const title = element('h3', { text: resource.name }, element('small', { text: resource.location ?? '' }));
    const card = element('section', { className: 'resource' }, title);
    card.dataset.resource = resource.id;
    card.append(
      slots.length > 0
        ? element(
            'div',
            { className: 'slots' },
            ...slots.map((slot) => slotButton(resource, slot, changedIds)),
          )
        : element('p', { text: word('nothing') }),
    );
    return card;
  });
  $('resources').replaceChildren(...cards);
}

/** Whether every change of the day arrives: other users receive only those of their own bookings. */
const isDayLive = () =>
  state === 'live' && (me?.userType === 'ADMIN' || Boolean(me?.permissions.canManageBookings));

function showWords() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll('[data-word]')) one.textContent = word(one.dataset.word);
  $('language').textContent = word('other');
  $('sign').textContent = word(api.isSignedIn() ? 'signOut' : 'signIn');
  $('before').ariaLabel = word('before');
  $('after').ariaLabel = word('after');
  const followed = isDayLive() ? 'live' : 'liveOwn';
  $('live').textContent = word(state === 'live' ? followed : state === 'lost' ? 'reconnecting' : 'notLive');
  $('live').className = `live ${isDayLive() ? 'on' : (state ?? '')}`;
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

let latestRead = 0;
/** Highlights the bookings of `changedIds`. Of concurrent reads only the last is shown. */
async function readDay(changedIds) {
  const thisRead = (latestRead += 1);
  const day = date;
  try {
    const [found, own] = await Promise.all([
      api.resourcesOn(tenant.id, day),
      // Covers the day in every time zone.
      api.isSignedIn()
        ? api.bookingsBetween(new Date(Date.parse(day) - DAY_MS), new Date(Date.parse(day) + 2 * DAY_MS))
        : undefined,
    ]);
    if (thisRead !== latestRead) return;
    resources = found;
    me = own?.me;
    bookings = new Map((own?.bookings.nodes ?? []).map((booking) => [booking.id, booking]));
    showDay(changedIds);
    showWords();
  } catch (error) {
    if (thisRead === latestRead) explain(error);
  }
}

function goTo(next) {
  date = next;
  $('date').value = date;
  history.replaceState(null, '', `?${new URLSearchParams({ ...Object.fromEntries(searchParams), date })}`);
  showWords();
  return readDay();
}

let pendingIds = new Set();
function onBooking(booking) {
  if (pendingIds.size === 0) {
    setTimeout(() => {
      const changedIds = pendingIds;
      pendingIds = new Set();
      void readDay(changedIds);
    }, BATCH_MS);
  }
  pendingIds.add(booking.id);
}

function onState(next) {
  state = next;
  if (next === 'ended') signOut();
  // Changes made before the subscription started.
  if (next === 'live') setTimeout(readDay, 1_000);
  showWords();
}

const followLive = () => api.followBookings({ onBooking, onState });

function signOut() {
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

/** The booking in the dialog. */
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

function applyBrand() {
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
    wrong.textContent = error instanceof api.ApiRefusal ? error.message : word('failed');
    wrong.hidden = false;
  }
}

const on = (target, event, act) => target.addEventListener(event, (fired) => void act(fired));
on($('before'), 'click', () => goTo(later(-1)));
on($('after'), 'click', () => goTo(later(1)));
on($('date'), 'change', ({ target }) => target.value && goTo(target.value));
on($('language'), 'click', () => {
  changeLanguage();
  showWords();
  showDay();
});
on($('sign'), 'click', () => (api.isSignedIn() ? signOut() : askToSignIn()));
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
    isDayLive() ? REFRESH_LIVE_MS : REFRESH_MS,
  );
}

showWords();
try {
  tenant = await api.tenantOf(domain);
  if (tenant) {
    applyBrand();
    if (api.isSignedIn()) void followLive();
    await goTo(date ?? today());
    refreshLater();
  } else {
    $('hint').textContent = word('noTenant', domain);
  }
} catch (error) {
  explain(error);
}
