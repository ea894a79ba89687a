/** `labels` are the tenant's own words. */
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
    mine: 'sua reserva',
    hint: ({ bookingLabel }) => `${bookingLabel}: toque em um horário livre para reservar.`,
    booked: ({ bookingLabel }) => `${bookingLabel}: reserva feita.`,
    cancelled: ({ bookingLabel }) => `${bookingLabel}: reserva cancelada.`,
    cancelBooking: 'Cancelar a reserva',
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
    mine: 'your booking',
    hint: ({ bookingLabel }) => `${bookingLabel}: touch a free time to book it.`,
    booked: ({ bookingLabel }) => `${bookingLabel}: booked.`,
    cancelled: ({ bookingLabel }) => `${bookingLabel}: cancelled.`,
    cancelBooking: 'Cancel the booking',
    noTenant: (domain) => `There is no organization at ${domain}. Run npm run demo in a second terminal.`,
    nothing: 'No times on this day.',
    failed: 'The API does not answer. Try again.',
    before: 'Day before',
    after: 'Next day',
    other: 'Português',
  },
};

const STORAGE_KEY = 'vaga.language';

export let language =
  localStorage.getItem(STORAGE_KEY) ?? (navigator.language.startsWith('pt') ? 'pt-BR' : 'en');

export function changeLanguage() {
  language = language === 'en' ? 'pt-BR' : 'en';
  localStorage.setItem(STORAGE_KEY, language);
}

export const word = (name, ...values) => {
  const text = WORDS[language][name];
  return typeof text === 'function' ? text(...values) : text;
};
