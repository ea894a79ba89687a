import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Caller } from './caller.ts';
import { keyring, keyringOfBundle, bundleOf, passportUse, type Keyring } from './keys.ts';
import { passports, reusablePassport } from './passport.ts';

const SECRET = 'a secret key';
const allKeys = keyring(SECRET);
const NAMES = ['gateway', 'tenant', 'user', 'resource', 'booking'] as const;
const id = '0190b2c4-0000-7000-8000-000000000001';
const ADMIN: Caller = { kind: 'platform', userId: id, sessionId: id };
const accept = (name: string, keys: Keyring = allKeys) => passports(keys, name, NAMES);
const sign = (name: string, keys: Keyring = allKeys) => passports(keys, name);

describe('a passport', () => {
  it('is accepted by the one whom it is for, and by nobody else', async () => {
    for (const audience of NAMES.slice(1)) {
      const passport = await sign('gateway').mint(ADMIN, audience);
      for (const name of NAMES) {
        expect([name, await accept(name).verify(passport)]).toEqual([
          name,
          name === audience ? ADMIN : undefined,
        ]);
      }
    }
  });

  it.each(NAMES.slice(1))('of the subgraph %s speaks for itself only', async (issuer) => {
    const audience = issuer === 'tenant' ? 'user' : 'tenant';
    const own: Caller = { kind: 'service', name: issuer };
    expect(await accept(audience).verify(await sign(issuer).mint(own, audience))).toEqual(own);
    const others: Caller[] = [
      ADMIN,
      { kind: 'anonymous' },
      { kind: 'service', name: 'gateway' },
      { kind: 'service', name: audience },
      { kind: 'apiKey', apiKeyId: id, tenantId: id as never, scopes: ['USERS_WRITE'] },
    ];
    for (const caller of others) {
      expect(await accept(audience).verify(await sign(issuer).mint(caller, audience))).toBeUndefined();
    }
  });

  it('cannot be made with the keys of another process', async () => {
    const booking = keyringOfBundle(
      bundleOf(allKeys, [
        ...NAMES.filter((one) => one !== 'booking').map((one) => passportUse(one, 'booking')),
        ...['tenant', 'user', 'resource'].map((one) => passportUse('booking', one)),
      ]),
    );
    expect(() => booking.keysFor(passportUse('gateway', 'tenant'))).toThrow('no key');
    const uses = ['gateway to booking', 'user to booking', 'booking to tenant', 'booking to user'];
    for (const use of uses) {
      const forged = await new SignJWT({ caller: ADMIN })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('gateway')
        .setAudience('tenant')
        .setExpirationTime('60s')
        .sign(booking.keysFor(`passports ${use}`)[0]);
      expect(await accept('tenant').verify(forged)).toBeUndefined();
    }
  });

  it('is refused of an issuer that is not known, of oneself, without an issuer, and expired', async () => {
    const forged = async (
      issuer: string | undefined,
      expiry = '60s',
      key = passportUse(issuer ?? 'gateway', 'tenant'),
    ) => {
      const jwt = new SignJWT({ caller: ADMIN })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience('tenant')
        .setExpirationTime(expiry);
      return (issuer === undefined ? jwt : jwt.setIssuer(issuer)).sign(allKeys.keysFor(key)[0]);
    };
    expect(await accept('tenant').verify(await forged('gateway'))).toEqual(ADMIN);
    for (const issuer of ['tenant', 'reviews', 'vaga', '', undefined]) {
      expect(await accept('tenant').verify(await forged(issuer))).toBeUndefined();
    }
    expect(await accept('tenant').verify(await forged('gateway', '-31s'))).toBeUndefined();
    for (const text of ['', 'a', 'a.b.c', 'e30.e30.', `${await forged('gateway')}x`])
      expect(await accept('tenant').verify(text)).toBeUndefined();
  });

  it('is accepted by a clock that is up to 30 seconds ahead, remembered or not', async () => {
    const { verify } = accept('tenant');
    const passport = await new SignJWT({ caller: ADMIN })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('gateway')
      .setAudience('tenant')
      .setExpirationTime('-25s')
      .sign(allKeys.keysFor(passportUse('gateway', 'tenant'))[0]);
    expect(await verify(passport)).toEqual(ADMIN);
    expect(await verify(passport)).toEqual(ADMIN);
  });

  it('is refused with any character of it changed, and signed in any other way: more than two hundred forgeries', async () => {
    const passport = await sign('gateway').mint(ADMIN, 'tenant');
    const bytesOf = (text: string) =>
      text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
    const changed = Array.from(
      passport,
      (character, index) =>
        character === '.'
          ? `${passport.slice(0, index)}${passport.slice(index + 1)}`
          : `${passport.slice(0, index)}${character === 'A' ? 'B' : 'A'}${passport.slice(index + 1)}`,
      // The last character of a part may have bits that mean nothing.
    ).filter((forged) => String(bytesOf(forged)) !== String(bytesOf(passport)));
    const [header, payload, signature] = passport.split('.') as [string, string, string];
    const algorithms = ['none', 'None', '', 'HS384', 'HS512', 'RS256', 'ES256', 'EdDSA', 'PS512'].flatMap(
      (alg) => {
        const head = Buffer.from(JSON.stringify({ alg })).toString('base64url');
        return [`${head}.${payload}.${signature}`, `${head}.${payload}.`];
      },
    );
    const others = [
      ...['tenant', 'user', 'resource', 'booking'].map((name) => passportUse('gateway', name)).slice(1),
      ...['user', 'resource', 'booking'].map((name) => passportUse(name, 'tenant')),
    ].map((use) =>
      new SignJWT({ caller: ADMIN })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('gateway')
        .setAudience('tenant')
        .setExpirationTime('60s')
        .sign(allKeys.keysFor(use)[0]),
    );
    const forgeries = [...changed, ...algorithms, `${header}.${payload}`, ...(await Promise.all(others))];
    expect(new Set(forgeries).size).toBeGreaterThan(200);
    expect(await accept('tenant').verify(passport)).toEqual(ADMIN);
    for (const forged of forgeries)
      expect([forged, await accept('tenant').verify(forged)]).toEqual([forged, undefined]);
  });

  it('of an earlier SECRET_KEY is accepted, but not signed any longer', async () => {
    const rotated = keyring('a new key', [SECRET]);
    const before = await sign('gateway').mint(ADMIN, 'tenant');
    expect(await accept('tenant', rotated).verify(before)).toEqual(ADMIN);
    const after = await sign('gateway', rotated).mint(ADMIN, 'tenant');
    expect(await accept('tenant', rotated).verify(after)).toEqual(ADMIN);
    expect(await accept('tenant').verify(after)).toBeUndefined();
    expect(await accept('tenant', keyring('a new key')).verify(before)).toBeUndefined();
  });

  it('is reused for one audience, and never for another', async () => {
    let nowMs = 0;
    let minted = 0;
    const mint = async (_: Caller, audience: string) => `${audience} ${(minted += 1)}`;
    const passport = reusablePassport({ mint }, ADMIN, () => nowMs);
    expect([await passport('tenant'), await passport('user'), await passport('tenant')]).toEqual([
      'tenant 1',
      'user 2',
      'tenant 1',
    ]);
    nowMs = 30_001;
    expect(await passport('tenant')).toBe('tenant 3');
  });
});
