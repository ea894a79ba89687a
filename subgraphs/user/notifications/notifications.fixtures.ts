/** A mail server, a tenant, and the events of its bookings. */
import { WIDE_LIMITS } from '@libs/testing/contexts';
import { bookingPayload } from '@libs/testing/eventFixtures';
import type { AddressInfo } from 'node:net';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import type { TenantProfile } from '@libs/directory/tenants';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { SMTPServer } from 'smtp-server';
import type { BookingMove } from './rules.ts';
import type { MailServer } from './smtp.ts';

export type ReceivedMail = { to: string[]; from: string; message: string };

/** Its text, without quoted-printable. */
export const decodedMail = (message: string): string =>
  message
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** What the server does at a step: it refuses if this throws (`smtpRefusal`), and hangs if this never resolves. */
export type ServerBehavior = { atRecipient?: () => Promise<void>; atMessage?: () => Promise<void> };

/** The server's error response. */
export const smtpRefusal = (responseCode: number): Error =>
  Object.assign(new Error('no, thank you'), { responseCode });

/** A server on a free port. `received` keeps every message, whatever the server answered. */
export async function startMailServer() {
  const received: ReceivedMail[] = [];
  const behavior: ServerBehavior = {};
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo: (_address, _session, answer) => void step(behavior.atRecipient, answer),
    onData: (stream, { envelope }, answer) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          to: envelope.rcptTo.map(({ address }) => address),
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          message: Buffer.concat(chunks).toString('utf8'),
        });
        void step(behavior.atMessage, answer);
      });
    },
  });
  async function step(act: ServerBehavior['atMessage'], answer: (error?: Error | null) => void) {
    try {
      await act?.();
      answer();
    } catch (error) {
      answer(error as Error);
    }
  }
  server.on('error', () => {});
  const sockets = new Set<{ destroy(): unknown }>();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    mailServer: { url: `smtp://127.0.0.1:${port}`, from: 'no-reply@vaga.example' } satisfies MailServer,
    received,
    behavior,
    /** Breaks every connection. */
    drop,
    async stop() {
      drop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A tenant in São Paulo that writes Portuguese and calls bookings, users and resources 'Consultas', 'Pacientes' and 'Salas'. */
export const tenantProfile = (
  given: Partial<Omit<TenantProfile, 'settings'>> & { settings?: Partial<TenantProfile['settings']> } = {},
): TenantProfile => ({
  id: newId() as TenantId,
  name: 'Clínica Sol',
  domain: 'clinica-sol.example',
  frontendUrl: 'https://clinica-sol.example/conta?lang=pt',
  logoUrl: 'https://clinica-sol.example/logo.png',
  themePrimaryColor: '#ffcc00',
  isActive: true,
  limits: WIDE_LIMITS,
  ...given,
  settings: {
    ...DEFAULT_SETTINGS,
    businessType: 'clinic',
    workingDays: ['MONDAY'],
    customLabels: {
      resourceSingular: 'Sala',
      resourcePlural: 'Salas',
      bookingLabel: 'Consulta',
      userLabel: 'Paciente',
    },
    ...given.settings,
  },
});

export const createdEvent = (
  given: Partial<Payload<'booking.created'>> = {},
): DomainEvent<'booking.created'> => ({
  type: 'booking.created',
  payload: bookingPayload(given),
});

export const cancelledEvent = (
  given: Partial<Payload<'booking.cancelled'>> = {},
): DomainEvent<'booking.cancelled'> => ({
  type: 'booking.cancelled',
  payload: { ...bookingPayload({ status: 'cancelled' }), reason: null, cancelled_by: null, ...given },
});

export const statusChangedEvent = (
  given: Partial<Payload<'booking.status_changed'>> = {},
): DomainEvent<'booking.status_changed'> => ({
  type: 'booking.status_changed',
  payload: {
    ...bookingPayload(),
    old_status: 'pending',
    new_status: 'confirmed',
    automatic: null,
    decision_reason: null,
    ...given,
  },
});

export const reminderEvent = (
  given: Partial<Payload<'booking.reminder'>> = {},
): DomainEvent<'booking.reminder'> => ({
  type: 'booking.reminder',
  payload: { ...bookingPayload(), hours_before: 24, ...given },
});

/** As of a booking whose zone is now an hour behind. */
export const updatedEvent = (
  given: Partial<Payload<'booking.updated'>> = {},
): DomainEvent<'booking.updated'> => ({
  type: 'booking.updated',
  payload: {
    ...bookingPayload(),
    changes: { start_time: { from: '2026-12-05T13:00:00.000Z', to: '2026-12-05T14:00:00.000Z' } },
    ...given,
  },
});

/** As recorded for those who keep a booking that was an hour earlier. */
export const movedEvent = (given: Partial<Payload<'booking.updated'>> = {}): BookingMove => ({
  type: 'booking.moved',
  payload: updatedEvent(given).payload,
});

export const webhookDisabledEvent = (
  given: Partial<Payload<'webhook.disabled'>> = {},
): DomainEvent<'webhook.disabled'> => ({
  type: 'webhook.disabled',
  payload: {
    webhook_id: newId(),
    tenant_id: newId(),
    url: 'https://receiver.example/hook',
    reason: 'gone',
    failing_since: '2026-12-01T12:00:00.000Z',
    ...given,
  },
});
