import { $, setText } from './patch.js';
import { dayText, word } from './words.js';

const TOAST_MS = 6_000;

/** Resolves to the value of the button that closed it; '' for none. The browser moves the focus in, and back afterwards. */
export function askForChoice(id) {
  const dialog = $(id);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
  });
}

/** Resolves to whether the main button closed it. */
export const ask = async (id) => (await askForChoice(id)) === 'main';

export const timeOf = ({ localStart }) => localStart.slice(11, 16);

export function describe(dialog, resource, slot, locale) {
  const name = dialog.querySelector('.what') ?? dialog.querySelector('h2');
  name.lang = locale;
  name.textContent = resource.name;
  const day = dayText(slot.localStart.slice(0, 10));
  dialog.querySelector('.when').textContent = `${day}, ${timeOf(slot)}–${slot.localEnd.slice(11, 16)}`;
}

/** Resolves to whether to cancel the booking. */
export function showBooking(resource, slot, booking, { locale }) {
  const dialog = $('booking');
  describe(dialog, resource, slot, locale);
  const who = booking.client.name;
  dialog.querySelector('.whose').textContent =
    booking.seats > 1 ? `${who} (${word('seatsOf', booking.seats)})` : who;
  dialog.querySelector('.main').hidden = !booking.canCancel;
  return ask('booking');
}

let toastTimer;
let undo;
/** What had the focus before the toast. */
let focusedBefore;
export function hideToast() {
  clearTimeout(toastTimer);
  undo = undefined;
  setText($('toast-text'), '');
  $('undo').hidden = true;
  $('dismiss').hidden = true;
}

function hideLater() {
  toastTimer = setTimeout(() => {
    if ($('toast').contains(document.activeElement)) hideLater();
    else hideToast();
  }, TOAST_MS);
}

/** With `onUndo` it stays until it is answered. */
export function toast(text, onUndo) {
  hideToast();
  undo = onUndo;
  focusedBefore = document.activeElement;
  setText($('toast-text'), text);
  $('undo').hidden = !onUndo;
  $('dismiss').hidden = false;
  if (!onUndo) hideLater();
}

$('dismiss').addEventListener('click', () => {
  hideToast();
  focusedBefore.focus();
});
$('undo').addEventListener('click', () => {
  const act = undo;
  hideToast();
  act?.();
});
for (const button of document.querySelectorAll('dialog [value=cancel]')) {
  button.addEventListener('click', () => button.closest('dialog').close());
}
