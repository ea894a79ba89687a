import { LINK_EVENT_TYPES, emailFor, linkTo, PURPOSES } from './rules.ts';
import { describe, expect, test } from 'vitest';
import { linkEmail } from '../notifications/accountEmails.ts';
import { tenantProfile } from '../notifications/notifications.fixtures.ts';

const TOKEN = 'x'.repeat(43);

test.each([
  ['https://fit.example', `https://fit.example/?action=RESET_PASSWORD&token=${TOKEN}`],
  ['https://fit.example/conta', `https://fit.example/conta?action=RESET_PASSWORD&token=${TOKEN}`],
  [
    'https://fit.example/?a=b%20c+d&e',
    `https://fit.example/?a=b%20c+d&e&action=RESET_PASSWORD&token=${TOKEN}`,
  ],
  ['http://localhost:3000/#/conta', `http://localhost:3000/?action=RESET_PASSWORD&token=${TOKEN}#/conta`],
])('a link to %s keeps its path, query and fragment', (frontendUrl, link) => {
  expect(linkTo(frontendUrl, 'RESET_PASSWORD', TOKEN)).toBe(link);
});

describe('the e-mail of a request', () => {
  const user = {
    isActive: true,
    isAdministrator: false,
    hasPassword: true,
    isInvited: false,
    isVerified: false,
    awaitsVerification: false,
  };
  const invited = { ...user, hasPassword: false, isInvited: true };
  const signedUp = { ...user, awaitsVerification: true };
  const signedUpAgain = { ...signedUp, hasPassword: false };
  test.each([
    ['RESET_PASSWORD', user, 'user.password_reset'],
    ['RESET_PASSWORD', invited, 'user.invitation'],
    ['RESET_PASSWORD', { ...user, hasPassword: false }, undefined],
    ['SIGN_UP', user, 'user.address_taken'],
    ['SIGN_UP', invited, 'user.invitation'],
    ['SIGN_UP', { ...user, hasPassword: false }, 'user.address_taken'],
    ['VERIFY_EMAIL', user, 'user.email_verification'],
    ['VERIFY_EMAIL', { ...user, isVerified: true }, undefined],
    ['RESET_PASSWORD', { ...user, isActive: false }, undefined],
    ['SIGN_UP', { ...invited, isActive: false }, undefined],
    ['VERIFY_EMAIL', { ...user, isActive: false }, undefined],
    ['VERIFY_EMAIL', signedUp, 'user.email_verification'],
    ['RESET_PASSWORD', signedUp, 'user.password_reset'],
    ['SIGN_UP', signedUpAgain, 'user.sign_up_repeated'],
    ['VERIFY_EMAIL', signedUpAgain, 'user.sign_up_repeated'],
    ['RESET_PASSWORD', signedUpAgain, 'user.sign_up_repeated'],
    ['VERIFY_EMAIL', { ...signedUpAgain, isInvited: true }, 'user.sign_up_repeated'],
    ['VERIFY_EMAIL', { ...signedUpAgain, isActive: false }, undefined],
  ] as const)('%s for %o is %s', (kind, recipient, type) => {
    expect(emailFor(kind, recipient)).toBe(type);
  });
});

describe.each(['pt-BR', 'en-US'])('in %s', (locale) => {
  test.each(LINK_EVENT_TYPES)(
    'the e-mail %s bears its link, in text and as a button, and the brand',
    (type) => {
      const tenant = tenantProfile({ name: 'Clínica <Sol>', settings: { locale } });
      const link = linkTo('https://fit.example/?a=1', PURPOSES[type] ?? 'VERIFY_EMAIL', TOKEN);
      const email = linkEmail(type, { tenant, recipientName: 'Ana\r\nBcc: eva@x.example' }, link);
      expect(email.text.split('\n')).toContain(link);
      expect(email.html).toContain(`href="${link.replaceAll('&', '&amp;')}"`);
      expect(email.html).not.toContain('<Sol>');
      expect(email.text).not.toContain('\nBcc');
      expect(email).toMatchObject({
        fromName: 'Clínica <Sol>',
        language: locale === 'pt-BR' ? 'pt-BR' : 'en',
      });
      expect(email.subject).toMatch(/: Clínica <Sol>$/);
    },
  );
});
