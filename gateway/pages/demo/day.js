import { isSeated } from './checkout.js';
import { timeOf } from './dialogs.js';
import { element, patch, setText } from './patch.js';
import { clockText, dayText, word } from './words.js';

/** What a click on a button does, as of the last update. */
const actions = new WeakMap();

const OCCUPYING = ['PENDING', 'CONFIRMED', 'COMPLETED'];

const slotsOf = (resource) => resource.availability.flatMap((day) => day.slots);
export const freeSlotOf = (resource) => slotsOf(resource).find((slot) => slot.available);

/** Undefined if the caller may not see it. Of a class only their own. */
const bookingIn = (resource, slot, { bookings, me }) =>
  [...bookings.values()].find(
    (one) =>
      one.resources.some((booked) => booked.resource.id === resource.id) &&
      (!isSeated(resource) || one.client.id === me?.id) &&
      OCCUPYING.includes(one.status) &&
      one.startTime < slot.endTime &&
      one.endTime > slot.startTime,
  );

/** Why it is not free, or how many seats are left. */
function labelOf(resource, slot, kind, { timezone }) {
  if (slot.unavailableReason === 'IN_THE_PAST') return word('past');
  if (slot.unavailableReason === 'CLOSED') return word('closedDay');
  if (slot.heldUntil) return word('held', clockText(slot.heldUntil, timezone));
  if (isSeated(resource) && kind === 'free') return word('seatsLeft', slot.remainingSeats, slot.totalSeats);
  if (isSeated(resource) && kind === 'taken') return word('full');
  return word(kind);
}

function updateSlot(button, resource, slot, day) {
  const booking = bookingIn(resource, slot, day);
  const isMine = booking && booking.client.id === day.me?.id;
  const isTaken = booking || slot.unavailableReason === 'CONFLICT';
  const kind = isMine ? 'mine' : isTaken ? 'taken' : slot.available ? 'free' : 'closed';
  const isPast = slot.unavailableReason === 'IN_THE_PAST';
  const label = booking ? (isMine ? word(kind) : booking.client.name) : labelOf(resource, slot, kind, day);
  button.className = `slot ${kind}`;
  button.classList.toggle('past', isPast);
  button.classList.toggle('changed', Boolean(booking) && day.changedIds.has(booking.id));
  // Not `disabled`, which would drop the focus.
  button.ariaDisabled = String(!booking && kind !== 'free');
  setText(button.children[0], timeOf(slot));
  setText(button.children[1], label);
  // Narrow buttons cut it off.
  button.title = label;
  actions.set(button, () => {
    if (booking) day.onBooking(resource, slot, booking);
    else if (kind === 'free') day.onFree(resource, slot);
  });
}

function createCard(resource) {
  const title = element('h3', { id: `name-${resource.id}` });
  const slots = element('div', { className: 'slots', id: `slots-${resource.id}`, role: 'group' });
  const past = element('button', { type: 'button', className: 'link past-times', ariaExpanded: 'false' });
  past.setAttribute('aria-controls', slots.id);
  const card = element(
    'section',
    { className: 'resource' },
    title,
    element('p', { className: 'about' }, element('span', { className: 'category' }), element('span')),
    element('p', { className: 'description' }),
    element('p', { className: 'closures' }, element('b'), element('span')),
    element(
      'p',
      { className: 'next' },
      element('button', { type: 'button', className: 'link' }),
      element('span'),
    ),
    slots,
    past,
  );
  card.dataset.resource = resource.id;
  card.setAttribute('aria-labelledby', title.id);
  return card;
}

/** `day.later` has the first free range of each full resource, null where there is none up to `day.laterUntil`. */
function updateNext(node, resource, day) {
  const [button, none] = node.children;
  const free = freeSlotOf(resource) ?? day.later.get(resource.id);
  const isNone = !free && day.later.has(resource.id);
  const date = free?.localStart.slice(0, 10);
  const when = date === day.date ? '' : date && `${dayText(date)}, `;
  button.hidden = !free;
  setText(button, free ? word('nextFree', `${when}${timeOf(free)}`) : '');
  setText(none, isNone ? word('noneFree', dayText(day.laterUntil)) : '');
  actions.set(button, () => day.onNext(resource, free));
}

function updatePast(button, slots, count) {
  const show = () => {
    const isOpen = button.ariaExpanded === 'true';
    slots.classList.toggle('all', isOpen);
    setText(button, isOpen ? word('hidePast') : word('showPast', count));
  };
  button.hidden = count === 0;
  actions.set(button, () => {
    button.ariaExpanded = String(button.ariaExpanded !== 'true');
    show();
  });
  show();
}

function updateCard(card, resource, day) {
  const [title, about, description, closures, next, slots, past] = card.children;
  for (const node of [title, about, description]) node.lang = day.locale;
  setText(title, resource.name);
  setText(about.children[0], resource.category.name);
  about.children[0].style.setProperty('--category', resource.category.color ?? 'currentcolor');
  setText(about.children[1], resource.location ?? '');
  setText(description, resource.description ?? '');
  const names = resource.availability.flatMap((one) => one.closures.map(({ name }) => name));
  closures.hidden = names.length === 0;
  setText(closures.children[0], `${word('closedFor')} `);
  setText(closures.children[1], names.join(', '));
  closures.children[1].lang = day.locale;
  updateNext(next, resource, day);
  const times = slotsOf(resource);
  slots.ariaLabel = word('times');
  slots.dataset.empty = times.length === 0 ? word('nothing') : '';
  patch(slots, times, {
    keyOf: (slot) => slot.startTime,
    create: () => element('button', { type: 'button' }, element('b'), element('span')),
    update: (button, slot) => updateSlot(button, resource, slot, day),
  });
  updatePast(past, slots, times.filter((slot) => slot.unavailableReason === 'IN_THE_PAST').length);
}

export function showResources(parent, resources, day) {
  patch(parent, resources, {
    keyOf: (resource) => resource.id,
    create: createCard,
    update: (card, resource) => updateCard(card, resource, day),
  });
}

document.addEventListener('click', ({ target }) => actions.get(target.closest('button'))?.());

/** Where it is shown. */
export function focusSlot(resourceId, startTime) {
  document.querySelector(`[data-resource="${resourceId}"] .slot[data-key="${startTime}"]`)?.focus();
}
