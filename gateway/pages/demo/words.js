/** With the tenant's own word for a booking, where it is in the same language. */
const labeled = (label, text) => (label ? `${label}: ${text}` : text[0].toUpperCase() + text.slice(1));

/** The page speaks one language: the user's choice, else the tenant's. The tenant's labels are in the tenant's language. */
const WORDS = {
  'pt-BR': {
    signIn: 'Entrar',
    signOut: 'Sair',
    email: 'E-mail',
    password: 'Senha',
    back: 'Voltar',
    demoAccount:
      'Depois de npm run demo: ana@academia-fit.com (administradora) ou joao@academia-fit.com, senha academia-fit-demo.',
    live: 'ao vivo',
    liveOwn: 'suas reservas ao vivo',
    reconnecting: 'reconectando…',
    notLive: 'entre para ver ao vivo',
    free: 'livre',
    taken: 'ocupado',
    closed: 'indisponível',
    past: 'passado',
    mine: 'sua reserva',
    resourcePlural: 'Recursos',
    hint: ({ bookingLabel }) => labeled(bookingLabel, 'toque em um horário livre para reservar.'),
    booked: ({ bookingLabel }) => labeled(bookingLabel, 'reserva feita.'),
    cancelled: ({ bookingLabel }) => labeled(bookingLabel, 'reserva cancelada.'),
    confirm: 'Reservar este horário?',
    book: 'Reservar',
    undo: 'Desfazer',
    dismiss: 'Fechar o aviso',
    cancellable: (hours) => `Pode ser cancelada até ${hours}\u00a0h antes do início.`,
    final: (hours) => `Não poderá ser cancelada: falta menos de ${hours}\u00a0h para o início.`,
    cancelBooking: 'Cancelar a reserva',
    seats: 'Lugares',
    companion: 'Também reservar',
    nobody: 'ninguém',
    hold: 'Guardar o horário',
    holding: 'Horário guardado para você',
    heldForYou: (time) => `Confirme até ${time}; depois ele volta a ficar livre.`,
    confirmHold: 'Confirmar',
    release: 'Liberar',
    released: 'Horário liberado.',
    expired: 'O tempo acabou: o horário está livre de novo.',
    held: (time) => `em espera até ${time}`,
    seatsLeft: (left, total) => `${left} de ${total} livres`,
    seatsOf: (count) => `${count} lugares`,
    full: 'lotada',
    closedDay: 'fechado',
    closedFor: 'Fechado:',
    nextFree: (when) => `Próximo livre: ${when}`,
    noneFree: (until) => `Nenhum horário livre até ${until}.`,
    showPast: (count) => (count === 1 ? 'Mostrar 1 horário passado' : `Mostrar ${count} horários passados`),
    hidePast: 'Ocultar horários passados',
    times: 'Horários',
    days: 'Escolha do dia',
    chooseDay: (day) => `${day}: escolher outro dia`,
    date: 'Data',
    key: 'Legenda',
    noTenant: (domain) => `Não há organização em ${domain}. Rode npm run demo em um segundo terminal.`,
    nothing: 'Nenhum horário neste dia.',
    failed: 'Não foi possível falar com a API. Tente de novo.',
    before: 'Dia anterior',
    after: 'Dia seguinte',
    other: 'English',
  },
  en: {
    signIn: 'Sign in',
    signOut: 'Sign out',
    email: 'E-mail',
    password: 'Password',
    back: 'Back',
    demoAccount:
      'After npm run demo: ana@academia-fit.com (administrator) or joao@academia-fit.com, password academia-fit-demo.',
    live: 'live',
    liveOwn: 'your bookings live',
    reconnecting: 'reconnecting…',
    notLive: 'sign in to follow live',
    free: 'free',
    taken: 'taken',
    closed: 'not available',
    past: 'past',
    mine: 'your booking',
    resourcePlural: 'Resources',
    hint: ({ bookingLabel }) => labeled(bookingLabel, 'tap a free time to book it.'),
    booked: ({ bookingLabel }) => labeled(bookingLabel, 'booked.'),
    cancelled: ({ bookingLabel }) => labeled(bookingLabel, 'cancelled.'),
    confirm: 'Book this time?',
    book: 'Book',
    undo: 'Undo',
    dismiss: 'Close the message',
    cancellable: (hours) => `It can be cancelled until ${hours}\u00a0h before it starts.`,
    final: (hours) => `It cannot be cancelled: it starts in less than ${hours}\u00a0h.`,
    cancelBooking: 'Cancel the booking',
    seats: 'Seats',
    companion: 'Book as well',
    nobody: 'nobody',
    hold: 'Hold the time',
    holding: 'Held for you',
    heldForYou: (time) => `Confirm by ${time}; then it is free again.`,
    confirmHold: 'Confirm',
    release: 'Release',
    released: 'The time is free again.',
    expired: 'Your hold has expired; this time is free again.',
    held: (time) => `on hold until ${time}`,
    seatsLeft: (left, total) => `${left} of ${total} left`,
    seatsOf: (count) => `${count} seats`,
    full: 'full',
    closedDay: 'closed',
    closedFor: 'Closed:',
    nextFree: (when) => `Next free: ${when}`,
    noneFree: (until) => `No free time until ${until}.`,
    showPast: (count) => (count === 1 ? 'Show 1 past time' : `Show ${count} past times`),
    hidePast: 'Hide past times',
    times: 'Times',
    days: 'Choose a day',
    chooseDay: (day) => `${day}: choose another day`,
    date: 'Date',
    key: 'Key',
    noTenant: (domain) => `There is no organization at ${domain}. Run npm run demo in a second terminal.`,
    nothing: 'No times on this day.',
    failed: 'The API does not answer. Try again.',
    before: 'Day before',
    after: 'Next day',
    other: 'Português',
  },
};

const STORAGE_KEY = 'vaga.language';
const languageOf = (locale) => (locale.startsWith('pt') ? 'pt-BR' : 'en');

export let language = localStorage.getItem(STORAGE_KEY) ?? languageOf(navigator.language);

export function followLocale(locale) {
  language = localStorage.getItem(STORAGE_KEY) ?? languageOf(locale);
}

export function changeLanguage() {
  language = language === 'en' ? 'pt-BR' : 'en';
  localStorage.setItem(STORAGE_KEY, language);
}

export const word = (name, ...values) => {
  const text = WORDS[language][name];
  return typeof text === 'function' ? text(...values) : text;
};

/** The tenant's labels in the tenant's language, a general word in another. */
export const labelsOf = ({ settings: { locale, customLabels } }) =>
  locale.slice(0, 2) === language.slice(0, 2) ? customLabels : { resourcePlural: word('resourcePlural') };

/** '18:05', in the tenant's zone like every time of the page. */
export const clockText = (instant, timeZone) =>
  new Date(instant).toLocaleTimeString(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });

/** 'sábado, 28 de novembro' of '2026-11-28'. */
export const dayText = (date) =>
  new Date(`${date}T12:00Z`).toLocaleDateString(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
