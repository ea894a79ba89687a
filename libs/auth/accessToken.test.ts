import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { accessTokens, jsonWebKeys, signedAccessTokens, type TokenClaims } from './accessToken.ts';
import { ACCESS_TOKENS, bundleOf, keyring, keyringOfBundle } from './keys.ts';
import { signingKeys } from './signingKeys.ts';

const id = (last: number) => `0190b2c4-0000-7000-8000-00000000000${last}`;
const CLAIMS: TokenClaims = {
  userId: id(1),
  sessionId: id(2),
  tenantId: id(3),
  expiresAtSeconds: 4_000_000_000,
};
const pem = (key: KeyObject) =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string;

describe('access tokens that are signed with a secret', () => {
  const before = accessTokens(keyring('the first key'), 'HS512');

  it('stay valid after a change of SECRET_KEY, until the earlier one is dropped', async () => {
    const token = await before.sign(CLAIMS);
    expect(
      await accessTokens(keyring('a new key', ['another', 'the first key']), 'HS512').verify(token),
    ).toEqual(CLAIMS);
    expect(await accessTokens(keyring('a new key'), 'HS512').verify(token)).toBeUndefined();
  });

  it('of an earlier key are verified, never signed', async () => {
    const token = await accessTokens(keyring('a new key', ['the first key']), 'HS512').sign(CLAIMS);
    expect(await before.verify(token)).toBeUndefined();
  });

  it('of releases that signed with SECRET_KEY itself stay valid', async () => {
    const token = await new SignJWT({ sid: id(2), tid: id(3) })
      .setProtectedHeader({ alg: 'HS512' })
      .setSubject(id(1))
      .setIssuer('vaga')
      .setAudience('api')
      .setExpirationTime(CLAIMS.expiresAtSeconds)
      .sign(Buffer.from('the first key'));
    expect(await before.verify(token)).toEqual(CLAIMS);
    expect(await accessTokens(keyring('a new key', ['the first key']), 'HS512').verify(token)).toEqual(
      CLAIMS,
    );
  });

  it('are the same with the key of PROCESS_KEYS', async () => {
    const allKeys = keyring('the first key', ['an earlier one']);
    const bundled = keyringOfBundle(bundleOf(allKeys, [ACCESS_TOKENS]));
    expect(await accessTokens(bundled, 'HS512').verify(await before.sign(CLAIMS))).toEqual(CLAIMS);
    expect(() => bundled.keysFor('anything else')).toThrow('PROCESS_KEYS has no key for: anything else');
    for (const text of ['', 'e30x', '{}', Buffer.from('{"a":["b"]}').toString('base64url')])
      expect(() => keyringOfBundle(text)).toThrow('npm run keys');
  });
});

describe('access tokens that are signed with a private key', () => {
  const [first, second] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const signer = signedAccessTokens(signingKeys(pem(first.privateKey), undefined));

  it('are verified with the public key alone, and signed by nobody who has only that', async () => {
    const token = await signer.sign(CLAIMS);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) as string });
    const verifier = signedAccessTokens(signingKeys(undefined, pem(first.publicKey)));
    expect(await verifier.verify(token)).toEqual(CLAIMS);
    await expect(verifier.sign(CLAIMS)).rejects.toThrow('JWT_PRIVATE_KEY');
    expect(
      await signedAccessTokens(signingKeys(undefined, pem(second.publicKey))).verify(token),
    ).toBeUndefined();
  });

  it('stay valid after a change of the key, while the earlier public key is named', async () => {
    const token = await signer.sign(CLAIMS);
    const rotated = signedAccessTokens(signingKeys(pem(second.privateKey), pem(first.publicKey)));
    expect(await rotated.verify(token)).toEqual(CLAIMS);
    expect(await rotated.verify(await rotated.sign(CLAIMS))).toEqual(CLAIMS);
    const all = signingKeys(undefined, pem(second.publicKey) + pem(first.publicKey));
    expect(await signedAccessTokens(all).verify(await rotated.sign(CLAIMS))).toEqual(CLAIMS);
  });

  it('can be verified by anyone by /.well-known/jwks.json, which has no private key', async () => {
    const { publicKeys } = signingKeys(pem(first.privateKey), pem(second.publicKey));
    const set = await jsonWebKeys(publicKeys);
    expect(set.keys.map((key) => Object.keys(key).sort())).toEqual(
      [0, 1].map(() => ['alg', 'crv', 'kid', 'kty', 'use', 'x']),
    );
    const { payload } = await jwtVerify(await signer.sign(CLAIMS), createLocalJWKSet(set), {
      audience: 'api',
    });
    expect(payload.sub).toBe(CLAIMS.userId);
  });

  it('are never taken for ones with a secret, nor the other way around', async () => {
    const allKeys = keyring(pem(first.publicKey));
    expect(await signer.verify(await accessTokens(allKeys, 'HS512').sign(CLAIMS))).toBeUndefined();
    expect(await accessTokens(allKeys, 'HS512').verify(await signer.sign(CLAIMS))).toBeUndefined();
    // The public key as the secret of an HMAC, the old confusion of algorithms.
    const confused = await new SignJWT({ sid: id(2), tid: null })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id(1))
      .setIssuer('vaga')
      .setAudience('api')
      .setExpirationTime('1h')
      .sign(Buffer.from(pem(first.publicKey)));
    expect(await signer.verify(confused)).toBeUndefined();
  });

  it('accept keys with \\n in place of line breaks, and no others than Ed25519', () => {
    const escaped = pem(first.privateKey).replaceAll('\n', '\\n');
    expect(signingKeys(escaped, undefined).publicKeys[0].equals(first.publicKey)).toBe(true);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const [one, other] of [
      [pem(rsa.privateKey), undefined],
      [undefined, pem(rsa.publicKey)],
      ['no key', undefined],
      [undefined, 'no key'],
      [undefined, undefined],
    ])
      expect(() => signingKeys(one, other)).toThrow('expected an Ed25519 key in PEM');
  });
});
