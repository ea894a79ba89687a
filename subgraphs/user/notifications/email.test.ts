import { newId } from '@libs/db/ids';
import { EVENT_STATUSES } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { bookingEmail, MAX_LISTED_STARTS, type BookingNames } from './bookingEmail.ts';
import { emailChangeNotice, webhookEmail, type Email } from './email.ts';
import { localeFormatOf, writtenShort, writtenSpan } from './localeFormat.ts';
import {
  cancelledEvent,
  createdEvent,
  movedEvent,
  reminderEvent,
  updatedEvent,
  statusChangedEvent,
  tenantProfile,
  webhookDisabledEvent,
} from './notifications.fixtures.ts';
import { MAX_SHOWN_CHARACTERS, oneLine, type NotifiedBookingEvent } from './rules.ts';

const resourcesOf = (...now: string[]): BookingNames['resources'] => ({ now, before: [] });
const names: BookingNames = {
  resource: 'Sala 1',
  resources: resourcesOf('Sala 1'),
  booker: 'Ana Lima',
  client: 'João Silva',
};
const portuguese = tenantProfile();
const english = tenantProfile({
  name: 'Sun Clinic',
  settings: {
    locale: 'en-US',
    timezone: 'America/New_York',
    customLabels: {
      resourceSingular: 'Room',
      resourcePlural: 'Rooms',
      bookingLabel: 'Appointment',
      userLabel: 'Patient',
    },
  },
});
const email = (event: NotifiedBookingEvent, tenant = portuguese, given: Partial<BookingNames> = {}): Email =>
  bookingEmail(event, { tenant, recipientName: 'João Silva' }, { ...names, ...given });

describe('the e-mail about a booking', () => {
  test("is in Portuguese, with the tenant's labels and local time", () => {
    const { subject, text, fromName, language } = email(createdEvent());
    expect(subject).toBe('Confirmação: Consulta – Sala 1, sáb., 5 de dez. de 2026, 11:00');
    expect(text).toBe(
      [
        'Olá, João Silva!',
        '',
        'O horário abaixo está confirmado.',
        '',
        'Sala: Sala 1',
        'Quando: sábado, 5 de dezembro de 2026, das 11:00 às 12:00 (BRT)',
        'Paciente: João Silva',
        'Solicitante: Ana Lima',
        '',
        'Mensagem automática de Clínica Sol.',
        '',
      ].join('\n'),
    );
    expect([fromName, language]).toEqual(['Clínica Sol', 'pt-BR']);
  });

  test("is in English, with the tenant's labels and local time", () => {
    const { subject, text, language } = email(cancelledEvent({ reason: 'Burst pipe' }), english);
    expect(subject).toBe('Cancelled: Appointment – Sala 1, Sat, Dec 5, 2026, 9:00 AM');
    expect(text).toBe(
      [
        'Hello João Silva,',
        '',
        'The time below was cancelled.',
        '',
        'Room: Sala 1',
        'When: Saturday, December 5, 2026, 9:00 AM to 10:00 AM (EST)',
        'Patient: João Silva',
        'Requested by: Ana Lima',
        'Reason: Burst pipe',
        '',
        'This message was sent automatically by Sun Clinic.',
        '',
      ].join('\n'),
    );
    expect(language).toBe('en');
  });

  test.each([
    [createdEvent({ status: 'pending' }), 'Solicitação recebida', 'Request received'],
    [createdEvent({ status: 'confirmed' }), 'Confirmação', 'Confirmed'],
    [statusChangedEvent({ new_status: 'confirmed' }), 'Confirmação', 'Confirmed'],
    [statusChangedEvent({ new_status: 'rejected' }), 'Solicitação recusada', 'Request declined'],
    [statusChangedEvent({ new_status: 'completed' }), 'Conclusão', 'Completed'],
    [statusChangedEvent({ new_status: 'no_show' }), 'Ausência registrada', 'Missed'],
    [cancelledEvent(), 'Cancelamento', 'Cancelled'],
    [reminderEvent(), 'Lembrete', 'Reminder'],
    [updatedEvent(), 'Horário mantido', 'Time kept'],
    [movedEvent(), 'Alteração', 'Changed'],
    [
      { type: 'booking.reassigned', payload: createdEvent().payload } as const,
      'Transferência',
      'Transferred',
    ],
  ])('says what happened to the booking: %#', (event, inPortuguese, inEnglish) => {
    expect(email(event).subject).toMatch(new RegExp(`^${inPortuguese}: Consulta`));
    expect(email(event, english).subject).toMatch(new RegExp(`^${inEnglish}: Appointment`));
  });

  test('says why a request was declined, if the decision has a reason', () => {
    const declined = (reason: string | null) =>
      statusChangedEvent({ new_status: 'rejected', decision_reason: reason });
    expect(email(declined('Sala em obras')).text).toContain('\nMotivo: Sala em obras\n');
    expect(email(declined('Sala em obras'), english).text).toContain('\nReason: Sala em obras\n');
    expect(email(declined(null)).text).not.toContain('Motivo');
  });

  test('says that nobody decided in time, if that is why a request was declined', () => {
    const undecided = statusChangedEvent({ new_status: 'rejected', automatic: 'approval_deadline' });
    expect(email(undecided).subject).toMatch(/^Solicitação sem resposta: Consulta/);
    expect(email(undecided).text).toContain('Ninguém respondeu a tempo');
    expect(email(undecided, english).subject).toMatch(/^Request not answered: Appointment/);
    expect(email(undecided, english).text).toContain(
      'Nobody answered the request for the time below in time',
    );
  });

  test('reminds of the time in the zone of the tenant', () => {
    expect(email(reminderEvent()).text).toContain(
      'Este é um lembrete do seu horário agendado.\n\nSala: Sala 1\nQuando: sábado, 5 de dezembro de 2026, das 11:00 às 12:00 (BRT)',
    );
    expect(email(reminderEvent(), english).text).toContain('This is a reminder of your booking.');
  });

  test('has words for every status, and leaves no placeholder unfilled', () => {
    for (const status of EVENT_STATUSES) {
      for (const event of [createdEvent({ status }), statusChangedEvent({ new_status: status })]) {
        for (const tenant of [portuguese, english]) {
          const { subject, text, html } = email(event, tenant);
          expect(subject + text).not.toMatch(/[{}]|undefined|notification\./);
          expect(html).not.toMatch(/\{\w+\}|undefined|notification\./);
        }
      }
    }
  });

  test('names all resources of the booking, with the main one in its subject', () => {
    const resources = resourcesOf('Dra. Ana', 'Sala 1');
    const { subject, text } = email(createdEvent(), portuguese, { resource: 'Dra. Ana', resources });
    expect(subject).toContain('– Dra. Ana, sáb.');
    expect(text).toContain('\nSala: Dra. Ana, Sala 1\nQuando: ');
  });

  test('says how many seats are booked, if there are several', () => {
    expect(email(createdEvent({ seats: 3 })).text).toContain('\nSala: Sala 1\nLugares: 3\nQuando: ');
    expect(email(createdEvent({ seats: 3 }), english).text).toContain('\nSeats: 3\n');
    expect(email(createdEvent({ seats: 1 })).text).not.toContain('Lugares');
  });

  test('says of several bookings what it says of one, for every kind', () => {
    const statuses = EVENT_STATUSES.map((status) => statusChangedEvent({ new_status: status }));
    const undecided = statusChangedEvent({ new_status: 'rejected', automatic: 'approval_deadline' });
    const reassigned = { type: 'booking.reassigned', payload: createdEvent().payload } as const;
    const requested = createdEvent({ status: 'pending' });
    for (const event of [...statuses, undecided, requested, updatedEvent(), movedEvent(), reassigned]) {
      for (const tenant of [portuguese, english]) {
        const { text } = bookingEmail(event, { tenant, recipientName: 'João Silva' }, names, [event, event]);
        const [, , paragraph, next] = text.split('\n');
        expect(paragraph).toMatch(/ 3 (local )?(times|horários)/);
        expect([paragraph, next]).toEqual([expect.not.stringMatching(/[{}]/), '']);
      }
    }
  });

  test('omits unknown names of the resource and people', () => {
    const { subject, text } = email(createdEvent(), portuguese, {
      resource: undefined,
      resources: resourcesOf(),
      booker: undefined,
      client: undefined,
    });
    expect(subject).toBe('Confirmação: Consulta, sáb., 5 de dez. de 2026, 11:00');
    expect(text).not.toMatch(/Sala|Paciente|Solicitante/);
  });

  test('lists the times of several, and says how many more there are', () => {
    const events = Array.from({ length: 51 }, (_, week) => {
      const start = Temporal.Instant.from('2026-12-12T14:00:00Z').add({ hours: 24 * 7 * week });
      return createdEvent({ start_time: start.toString() });
    });
    const of = (count: number, tenant = portuguese) =>
      bookingEmail(createdEvent(), { tenant, recipientName: 'João Silva' }, names, events.slice(0, count));
    expect(of(1).subject).toBe('Confirmação: Consulta – Sala 1, sáb., 5 de dez. de 2026, 11:00 (+1)');
    expect(of(1).text).toContain('\n\nOs 2 horários abaixo estão confirmados.\n\n');
    expect(of(1).text).toContain('\nTambém: sáb., 12 de dez. de 2026, 11:00\n');
    const { text } = of(51, english);
    expect(text).toContain('\n\nThe 52 times below are confirmed.\n\n');
    expect(text.match(/^Also: /gm)).toHaveLength(MAX_LISTED_STARTS + 1);
    expect(text).toContain('\nAlso: 41 more; the last one: Sat, Nov 27, 2027, 9:00 AM\n');
  });

  test('shows what a moved booking was before, and only what has changed', () => {
    const { text, subject } = email(movedEvent());
    expect(subject).toBe('Alteração: Consulta – Sala 1, sáb., 5 de dez. de 2026, 11:00');
    expect(text).toContain(
      [
        'Houve uma alteração: abaixo estão os novos dados e, com a indicação “antes”, os anteriores.',
        '',
        'Sala: Sala 1',
        'Quando: sábado, 5 de dezembro de 2026, das 11:00 às 12:00 (BRT)',
        'Quando (antes): sábado, 5 de dezembro de 2026, das 10:00 às 12:00 (BRT)',
        'Paciente: João Silva',
      ].join('\n'),
    );
    const changes = { resource_id: { from: newId(), to: newId() } };
    const resources = { now: ['Sala 1', 'Projetor'], before: ['Sala 2'] };
    const { text: inEnglish } = email(movedEvent({ changes }), english, { resources });
    expect(inEnglish).toContain(
      'There has been a change: below are the new details and, marked “before”, the earlier ones.',
    );
    expect(inEnglish).toContain('\nRoom: Sala 1, Projetor\nRoom (before): Sala 2\n');
    expect(inEnglish).not.toContain('When (before)');
  });

  test('lists the earlier times of several that were moved', () => {
    const { text } = bookingEmail(movedEvent(), { tenant: english, recipientName: 'João Silva' }, names, [
      movedEvent(),
    ]);
    expect(text).toContain('\nAlso: Sat, Dec 5, 2026, 9:00 AM (before: Sat, Dec 5, 2026, 8:00 AM)\n');
  });

  test('names the booker only if they are not the client', () => {
    const { user_id: userId } = createdEvent().payload;
    expect(email(createdEvent({ user_id: userId, client_id: userId })).text).not.toContain('Solicitante');
  });

  test('shows the brand: name, color with readable text, logo', () => {
    const { html } = email(createdEvent());
    expect(html).toContain('background:#ffcc00;color:#000000');
    expect(html).toContain('<img src="https://clinica-sol.example/logo.png" alt="Clínica Sol"');
    const dark = tenantProfile({ themePrimaryColor: '#123', logoUrl: null });
    expect(email(createdEvent(), dark).html).toContain('background:#123;color:#ffffff');
    expect(email(createdEvent(), dark).html).not.toContain('<img');
  });

  test("falls back to Portuguese, dates included, if it does not support the locale's language", () => {
    const french = tenantProfile({ settings: { locale: 'fr-FR' } });
    expect(email(createdEvent(), french).text).toContain('sábado, 5 de dezembro de 2026');
  });
});

describe('user text', () => {
  const hostile = '<script>alert("x")</script> & \'co\'\r\nBcc: all@example.com\u2028\u202egnp.exe';

  test('is escaped everywhere in HTML', () => {
    const tenant = tenantProfile({
      name: hostile,
      logoUrl: 'https://x.example/"onerror="alert(1)',
      settings: {
        customLabels: {
          resourceSingular: hostile,
          resourcePlural: hostile,
          bookingLabel: hostile,
          userLabel: hostile,
        },
      },
    });
    const { html } = bookingEmail(
      cancelledEvent({ reason: hostile }),
      { tenant, recipientName: hostile },
      { resource: hostile, resources: resourcesOf(hostile), booker: hostile, client: hostile },
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain('"onerror');
    expect(html).toContain(
      '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39; Bcc: all@example.com gnp.exe',
    );
  });

  test('becomes one line in subject and text, so that it cannot start another', () => {
    const { subject, text } = bookingEmail(
      cancelledEvent({ reason: hostile }),
      { tenant: tenantProfile({ name: hostile }), recipientName: hostile },
      { resource: hostile, resources: resourcesOf(hostile), booker: hostile, client: hostile },
    );
    expect(subject).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(text).not.toMatch(/^Bcc/m);
    expect(text).not.toMatch(/[\u2028\u202e\r]/);
  });

  test('neither fills placeholders nor acts as a pattern', () => {
    expect(email(createdEvent(), portuguese, { resource: '{booking} $& {when}' }).subject).toContain(
      '– {booking} $& {when},',
    );
  });

  test('is ignored as a logo unless an http(s) URL, and as a color unless a hex color', () => {
    const tenant = tenantProfile({
      logoUrl: 'javascript:alert(1)',
      themePrimaryColor: 'red;background:url(x)',
    });
    expect(email(createdEvent(), tenant).html).not.toMatch(/javascript|url\(x\)/);
  });

  test('is cut between characters if long', () => {
    const cut = oneLine('👩‍⚕️'.repeat(MAX_SHOWN_CHARACTERS));
    expect(Array.from(cut)).toHaveLength(MAX_SHOWN_CHARACTERS);
    expect(cut.isWellFormed()).toBe(true);
  });
});

describe("a booking's time", () => {
  test('names both days across midnight', () => {
    const [start, end] = ['2026-12-06T02:00:00Z', '2026-12-06T04:00:00Z'].map((at) =>
      Temporal.Instant.from(at),
    );
    const localeFormat = { zone: 'America/Sao_Paulo', locale: 'pt-BR', language: 'pt-BR' } as const;
    expect(writtenSpan(localeFormat, start!, end!)).toBe(
      'sábado, 5 de dezembro de 2026, 23:00, até domingo, 6 de dezembro de 2026, 01:00 (BRT)',
    );
  });

  test("has the zone's offset of that day", () => {
    const localeFormat = { zone: 'Europe/London', locale: 'en-GB', language: 'en' } as const;
    const span = (day: string) =>
      writtenSpan(
        localeFormat,
        Temporal.Instant.from(`${day}T12:00Z`),
        Temporal.Instant.from(`${day}T13:00Z`),
      );
    expect(span('2026-07-01')).toMatch(/^Wednesday,? 1 July 2026, 13:00 to 14:00 \(BST\)$/);
    expect(span('2026-12-01')).toMatch(/^Tuesday,? 1 December 2026, 12:00 to 13:00 \(GMT\)$/);
  });
});

describe("a booking's time across a change of the clock", () => {
  /** Releases of ICU write GMT in pt-BR as 'GMT' or 'GMT+0'. */
  const spanOf = (zone: string, locale: string, start: string, end: string) =>
    writtenSpan(
      localeFormatOf({ timezone: zone, locale }, 'pt-BR'),
      Temporal.Instant.from(start),
      Temporal.Instant.from(end),
    ).replaceAll('(GMT+0)', '(GMT)');

  test.each([
    ['Europe/Dublin', '2027-10-31T01:30+01:00', '2027-10-31T01:30+00:00', '01:30 (GMT+1) to 01:30 (GMT)'],
    ['Europe/Dublin', '2027-03-28T00:30+00:00', '2027-03-28T02:30+01:00', '00:30 (GMT) to 02:30 (GMT+1)'],
    [
      'Australia/Lord_Howe',
      '2027-04-04T00:30+11:00',
      '2027-04-04T03:00+10:30',
      '00:30 (GMT+11) to 03:00 (GMT+10:30)',
    ],
  ])('names the offsets of both ends: %s, %s', (zone, start, end, inEnglish) => {
    expect(spanOf(zone, 'en-GB', start, end)).toContain(`2027, ${inEnglish}`);
    expect(spanOf(zone, 'pt-BR', start, end)).toContain(`2027, das ${inEnglish.replace(' to ', ' às ')}`);
  });

  test('names the offsets of both ends across midnight', () => {
    const span = (locale: string) =>
      spanOf('Europe/Dublin', locale, '2027-10-30T23:00+01:00', '2027-10-31T02:00+00:00');
    expect(span('pt-BR')).toBe(
      'sábado, 30 de outubro de 2027, 23:00 (GMT+1), até domingo, 31 de outubro de 2027, 02:00 (GMT)',
    );
    expect(span('en-GB')).toMatch(/2027, 23:00 \(GMT\+1\) until Sunday,? 31 October 2027, 02:00 \(GMT\)$/);
  });
});

test.each([
  ['en-US', '7:45 AM', '12:05 AM'],
  ['en-AU', '7:45 am', '12:05 am'],
  ['en-GB', '07:45', '00:05'],
  ['pt-BR', '07:45', '00:05'],
  ['pt-PT', '07:45', '00:05'],
])('an hour in %s has a leading zero only of 24 hours', (locale, morning, midnight) => {
  const localeFormat = localeFormatOf({ timezone: 'UTC', locale }, 'pt-BR');
  const short = (at: string) => writtenShort(localeFormat, Temporal.Instant.from(at));
  expect(short('2026-12-05T07:45Z')).toMatch(new RegExp(` ${morning}$`));
  expect(short('2026-12-05T00:05Z')).toMatch(new RegExp(` ${midnight}$`));
});

describe('the e-mail about a webhook', () => {
  const received = (reason: 'gone' | 'failing', tenant = portuguese) =>
    webhookEmail(webhookDisabledEvent({ reason }).payload, { tenant, recipientName: 'Ana' });

  test('says which webhook, why and since when', () => {
    expect(received('gone').subject).toBe('Webhook desativado: receiver.example');
    expect(received('gone').text).toContain('HTTP 410');
    expect(received('failing', english).text).toContain('every delivery has failed for days');
    expect(received('failing', english).text).toContain('Address: https://receiver.example/hook');
    expect(received('failing', english).text).toContain('Failing since: Tue, Dec 1, 2026, 7:00 AM');
  });
});

describe('the e-mail about a changed address', () => {
  const payload = { old_email: 'antigo@academia.example', changed_at: '2026-12-05T14:00:00.000Z' };

  test("is in Portuguese, with the tenant's name and zone", () => {
    const { subject, text, html, fromName } = emailChangeNotice(payload, {
      tenant: portuguese,
      recipientName: 'João Silva',
    });
    expect(subject).toBe('Seu e-mail de acesso foi alterado: Clínica Sol');
    expect(text).toBe(
      [
        'Olá, João Silva!',
        '',
        'O e-mail com que você entra em Clínica Sol foi alterado. Não é mais possível entrar com este endereço.',
        '',
        'Se não foi você quem pediu a alteração, avise Clínica Sol imediatamente.',
        '',
        'Quando: sáb., 5 de dez. de 2026, 11:00',
        '',
        'Mensagem automática de Clínica Sol.',
        '',
      ].join('\n'),
    );
    expect(html).toContain('#ffcc00');
    expect(fromName).toBe('Clínica Sol');
  });

  test("is in English, with the tenant's name and zone", () => {
    const { subject, text, language } = emailChangeNotice(payload, {
      tenant: english,
      recipientName: 'João Silva',
    });
    expect(subject).toBe('Your sign-in address was changed: Sun Clinic');
    expect(text).toContain(
      'The e-mail address you use to sign in to Sun Clinic was changed. You can no longer sign in with this address.',
    );
    expect(text).toContain('If you did not ask for this change, contact Sun Clinic at once.');
    expect(text).toContain('When: Sat, Dec 5, 2026, 9:00 AM');
    expect(language).toBe('en');
  });
});
