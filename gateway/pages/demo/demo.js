import * as api from './api.js';
import { applyBrand } from './brand.js';
import { checkOut } from './checkout.js';
import { focusSlot, freeSlotOf, showResources } from './day.js';
import { ask, hideToast, showBooking, toast } from './dialogs.js';
import { $, element, setText } from './patch.js';
import { changeLanguage, dayText, followLocale, labelsOf, language, word } from './words.js';

/** How often the day is read, without and with live updates. */
const REFRESH_MS = 10_000;
const REFRESH_LIVE_MS = 60_000;
/** Changes within this time are shown together. */
const BATCH_MS = 150;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** How far to look for a free time, and at most how many slots to ask for: one request may ask for 20,000. */
const MAX_DAYS_AHEAD = 14;
const MAX_SLOTS_AHEAD = 10_000;

const searchParams = new URLSearchParams(location.search);
const domain = searchParams.get('domain') ?? 'academia-fit.com';

let tenant;
let date = searchParams.get('date');
let resources = [];
let bookings = new Map();
let later = new Map();
let laterUntil;
let me;
let state;

/** Signs out if the session has ended. */
function explain(error) {
  if (error.code === 'UNAUTHENTICATED') signOut();
  toast(error instanceof api.ApiRefusal ? error.message : word('failed'));
}

const plusDays = (day, days) =>
  new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: tenant.settings.timezone }).format();

function showDay(changedIds = new Set()) {
  const { locale, timezone } = tenant.settings;
  showResources($('resources'), resources, {
    ...{ date, locale, timezone, me, bookings, changedIds, later, laterUntil },
    onFree: (resource, slot) => void bookSlot(resource, slot),
    onBooking: (resource, slot, booking) => void openBooking(resource, slot, booking),
    onNext: (resource, free) => void goToFree(resource, free),
  });
}

const isStaff = () => me?.userType === 'ADMIN' || Boolean(me?.permissions.canManageBookings);

/** Whether every change of the day arrives: other users receive only those of their own bookings. */
const isDayLive = () => state === 'live' && isStaff();

function showWords() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll('[data-word]')) setText(one, word(one.dataset.word));
  for (const one of document.querySelectorAll('[data-label]')) one.ariaLabel = word(one.dataset.label);
  setText($('language'), word('other'));
  $('language').lang = language === 'en' ? 'pt-BR' : 'en';
  setText($('sign'), word(api.isSignedIn() ? 'signOut' : 'signIn'));
  const followed = isDayLive() ? 'live' : 'liveOwn';
  setText($('live'), word(state === 'live' ? followed : state === 'lost' ? 'reconnecting' : 'notLive'));
  $('live').className = `live ${isDayLive() ? 'on' : (state ?? '')}`;
  setText($('me'), me?.name ?? '');
  if (!tenant) return;
  setText($('heading'), labelsOf(tenant).resourcePlural);
  setText($('hint'), word('hint', labelsOf(tenant)));
  setText($('day'), dayText(date));
  $('day').ariaLabel = word('chooseDay', dayText(date));
  const kinds = ['free', 'taken', 'mine', 'closed'].map((kind) =>
    element('li', {}, element('i', { className: `slot ${kind}`, ariaHidden: 'true' }), word(kind)),
  );
  $('key').replaceChildren(...kinds);
}

/** The first free range after `day` of each of the resources that have none on it. */
async function freeRangesAfter(day, found) {
  const full = found.filter((resource) => !freeSlotOf(resource));
  const from = day < today() ? today() : day;
  const slotsADay = found.length * Math.ceil(DAY_MINUTES / tenant.settings.bookingInterval);
  const days = Math.max(1, Math.min(MAX_DAYS_AHEAD, Math.floor(MAX_SLOTS_AHEAD / slotsADay)));
  const until = plusDays(from, days - 1);
  const free = full.length > 0 ? await api.firstFree(tenant.id, from, until) : new Map();
  return { until, ranges: new Map(full.map(({ id }) => [id, free.get(id) ?? null])) };
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
    const { until, ranges } = await freeRangesAfter(day, found);
    if (thisRead !== latestRead) return;
    resources = found;
    later = ranges;
    laterUntil = until;
    me = own?.me;
    bookings = new Map((own?.bookings.nodes ?? []).map((booking) => [booking.id, booking]));
    showDay(changedIds);
    showWords();
  } catch (error) {
    if (thisRead === latestRead) explain(error);
  }
}

let stopFollowing = () => {};
function followDay() {
  stopFollowing();
  const ids = resources.map(({ id }) => id);
  stopFollowing = ids.length > 0 ? api.followSlots(ids, date, () => readSoon([])) : () => {};
}

async function goTo(next) {
  date = next;
  $('date').value = date;
  history.replaceState(null, '', `?${new URLSearchParams({ ...Object.fromEntries(searchParams), date })}`);
  showWords();
  await readDay();
  followDay();
}

async function goToFree(resource, { localStart, startTime }) {
  const day = localStart.slice(0, 10);
  if (day !== date) await goTo(day);
  focusSlot(resource.id, startTime);
}

let pendingIds = new Set();
let isReading = false;
/** Reads the day once for changes that follow each other quickly. */
function readSoon(changedIds) {
  for (const id of changedIds) pendingIds.add(id);
  if (isReading) return;
  isReading = true;
  setTimeout(() => {
    const ids = pendingIds;
    pendingIds = new Set();
    isReading = false;
    void readDay(ids);
  }, BATCH_MS);
}
const onBooking = ({ id }) => readSoon([id]);

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
  $('signing').querySelector('.wrong').textContent = '';
  return ask('signing');
}

async function cancel(bookingId) {
  try {
    await api.cancel(bookingId);
    toast(word('cancelled', labelsOf(tenant)));
  } catch (error) {
    explain(error);
  }
  await readDay();
}

async function bookSlot(resource, slot) {
  hideToast();
  if (!api.isSignedIn() && !(await askToSignIn())) return;
  try {
    const booking = await checkOut(resource, slot, {
      ...{ ...tenant.settings, isStaff: isStaff(), resources },
      onHold: () => void readDay(),
    });
    if (!booking) return;
    if (!booking.id) {
      toast(word(booking));
      await readDay();
      return;
    }
    const undo = async () => {
      focusSlot(resource.id, slot.startTime);
      await cancel(booking.id);
    };
    toast(word('booked', labelsOf(tenant)), booking.canCancel ? () => void undo() : undefined);
    await readDay(new Set([booking.id]));
  } catch (error) {
    explain(error);
    await readDay();
  }
}

async function openBooking(resource, slot, booking) {
  hideToast();
  if (await showBooking(resource, slot, booking, tenant.settings)) await cancel(booking.id);
}

async function signInBy(event) {
  event.preventDefault();
  const { email, password } = event.target;
  try {
    await api.signIn(domain, email.value, password.value);
    password.value = '';
    $('signing').close('main');
    void followLive();
    await readDay();
  } catch (error) {
    const text = error instanceof api.ApiRefusal ? error.message : word('failed');
    setText(event.target.querySelector('.wrong'), text);
  }
}

const on = (target, event, act) => target.addEventListener(event, (fired) => void act(fired));
on($('before'), 'click', () => goTo(plusDays(date, -1)));
on($('after'), 'click', () => goTo(plusDays(date, 1)));
on($('day'), 'click', () => $('date').showPicker());
on($('date'), 'change', ({ target }) => target.value && goTo(target.value));
on($('language'), 'click', () => {
  changeLanguage();
  hideToast();
  showWords();
  showDay();
});
on($('sign'), 'click', () => (api.isSignedIn() ? signOut() : askToSignIn()));
on($('signing').querySelector('form'), 'submit', signInBy);

function refreshLater() {
  setTimeout(
    async () => {
      await readDay();
      refreshLater();
    },
    isDayLive() ? REFRESH_LIVE_MS : REFRESH_MS,
  );
}

try {
  tenant = await api.tenantOf(domain);
  if (tenant) {
    followLocale(tenant.settings.locale);
    applyBrand(tenant);
    for (const id of ['live', 'sign', 'days']) $(id).hidden = false;
    if (api.isSignedIn()) void followLive();
    await goTo(date ?? today());
    refreshLater();
  } else {
    showWords();
    setText($('hint'), word('noTenant', domain));
  }
} catch (error) {
  showWords();
  explain(error);
}
