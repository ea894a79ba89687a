/** From a free slot to a booking: at once, or by a hold that is confirmed or released. */
import * as api from './api.js';
import { askForChoice, describe } from './dialogs.js';
import { $, element, setText } from './patch.js';
import { clockText, word } from './words.js';

const HOUR_MS = 3_600_000;
const MINUTE_S = 60;

export const isSeated = ({ bookingMode }) => bookingMode !== 'EXCLUSIVE';

/** People who are free for the whole slot. */
function companionsFor(resource, { startTime, endTime }, resources) {
  if (resource.category.type === 'HUMAN') return [];
  const isFree = (slot) => slot.available && slot.startTime === startTime && slot.endTime === endTime;
  return resources.filter(
    (one) =>
      one.category.type === 'HUMAN' &&
      !isSeated(one) &&
      one.availability.some(({ slots }) => slots.some(isFree)),
  );
}

function offerChoices(resource, slot, { locale, resources }) {
  const seats = $('confirming').querySelector('[name=seats]');
  seats.value = 1;
  seats.max = slot.remainingSeats;
  seats.closest('label').hidden = !isSeated(resource);
  const select = $('confirming').querySelector('[name=companion]');
  const companions = companionsFor(resource, slot, resources);
  select.closest('label').hidden = companions.length === 0;
  select.replaceChildren(
    element('option', { value: '', text: word('nobody') }),
    ...companions.map(({ id, name }) => element('option', { value: id, text: name, lang: locale })),
  );
}

/** Staff may cancel at any time. Resolves to 'main', 'hold' or ''. */
async function askToBook(resource, slot, { locale, cancellationHours, isStaff, resources }) {
  const dialog = $('confirming');
  describe(dialog, resource, slot, locale);
  offerChoices(resource, slot, { locale, resources });
  const isFinal = Date.parse(slot.startTime) - Date.now() < cancellationHours * HOUR_MS;
  const note = isStaff ? '' : word(isFinal ? 'final' : 'cancellable', cancellationHours);
  setText(dialog.querySelector('.note'), note);
  const choice = await askForChoice('confirming');
  const { seats, companion } = dialog.querySelector('form').elements;
  return {
    choice,
    seats: isSeated(resource) ? Number(seats.value) : undefined,
    companionId: companion.value,
  };
}

/** '9:05' */
const countdown = (seconds) =>
  `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, '0')}`;

/** Counts down until the hold expires, which closes the dialog. Resolves to 'main', 'expired' or ''. */
async function askToConfirm(resource, slot, { expiresAt }, { locale, timezone }) {
  const dialog = $('holding');
  describe(dialog, resource, slot, locale);
  const show = () => {
    const seconds = Math.ceil((Date.parse(expiresAt) - Date.now()) / 1_000);
    if (seconds > 0) setText(dialog.querySelector('.left'), countdown(seconds));
    else dialog.close('expired');
  };
  show();
  setText(dialog.querySelector('.until'), word('heldForYou', clockText(expiresAt, timezone)));
  const timer = setInterval(show, 1_000);
  const choice = await askForChoice('holding');
  clearInterval(timer);
  return choice;
}

/**
 * Asks, and books. Resolves to the booking, or to the word for what happened instead: 'released', 'expired'; undefined if nothing did.
 * `onHold` is called once a hold is made.
 */
export async function checkOut(resource, slot, { onHold, ...options }) {
  const { choice, ...chosen } = await askToBook(resource, slot, options);
  if (choice === 'main') return (await api.book(resource.id, slot, chosen)).booking;
  if (choice !== 'hold') return undefined;
  const { hold } = await api.hold(resource.id, slot, chosen);
  onHold();
  const answer = await askToConfirm(resource, slot, hold, options);
  if (answer === 'main') return (await api.confirmHold(hold.id)).booking;
  if (answer === 'expired') return 'expired';
  await api.releaseHold(hold.id);
  return 'released';
}

// Not a submit button: Enter in the number of seats books.
$('confirming')
  .querySelector('[value=hold]')
  .addEventListener('click', ({ target }) => {
    if (target.form.reportValidity()) $('confirming').close('hold');
  });
