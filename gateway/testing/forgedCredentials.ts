/** Authorization headers that nobody issued, made from ones that somebody did. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

type Forgery = [name: string, authorization: string];

/** Forgeries of the API key `key`; `other` is another tenant's. */
export function forgedKeys(key: string, other: string): Forgery[] {
  const [prefix, name, rest] = key.split('_') as [string, string, string];
  const [secret, checksum] = [rest.slice(0, 32), rest.slice(32)];
  const [, otherName, otherRest] = other.split('_') as [string, string, string];
  const changed = (at: number) => key.slice(0, at) + (key[at] === 'x' ? 'y' : 'x') + key.slice(at + 1);
  const bearers: [string, string][] = [
    ...[5, 6, 9, 12, 14, 15, 20, 28, 36, 44, 45, 46, 48, 51].map((at): [string, string] => [
      `with another character ${at}`,
      changed(at),
    ]),
    ...[1, 2, 5, 6, 7, 20, 38, 39, 46, 47].map((count): [string, string] => [
      `without its last ${count} characters`,
      key.slice(0, -count),
    ]),
    ['without its beginning', key.slice(5)],
    ['without its name', `${prefix}_${rest}`],
    ['without its secret', `${prefix}_${name}_${checksum}`],
    ['without its checksum', `${prefix}_${name}_${secret}`],
    ['with a checksum of zeros', `${prefix}_${name}_${secret}000000`],
    ['with its checksum in front', `${prefix}_${name}_${checksum}${secret}`],
    ["with another key's name", `${prefix}_${otherName}_${rest}`],
    ["with another key's secret", `${prefix}_${name}_${otherRest.slice(0, 32)}${checksum}`],
    ["with another key's secret and checksum", `${prefix}_${name}_${otherRest}`],
    ["with another key's checksum", `${prefix}_${name}_${secret}${otherRest.slice(32)}`],
    ['in lower case', key.toLowerCase()],
    ['in upper case', key.toUpperCase()],
    ['backwards', key.split('').toReversed().join('')],
    ['twice', key + key],
    ['with a dash', key.replaceAll('_', '-')],
    ['with another beginning', key.replace('vaga_', 'gava_')],
    ['with a capital beginning', key.replace('vaga_', 'Vaga_')],
    ['with a character more', `${key}0`],
    ['with an underscore more', `${key}_`],
    ['with padding', `${key}==`],
    ['with a dot', `${key}.`],
    ['as a token of three parts', `${key}.${key}.${key}`],
    ['in base64url', Buffer.from(key).toString('base64url')],
    ['in hex', Buffer.from(key).toString('hex')],
    ['as its prefix only', `${prefix}_${name}`],
    ['as vaga_', 'vaga_'],
    ['as vaga', 'vaga'],
    ['of zeros', `vaga_${'0'.repeat(8)}_${'0'.repeat(38)}`],
    ['of 6,000 characters', `vaga_${'a'.repeat(8)}_${'b'.repeat(6_000)}`],
    ['with an SQL quote', `${key}'--`],
    ['with a wildcard', `${prefix}_${name}_${'%'.repeat(38)}`],
    ['with a NUL in percent', `${key}%00`],
  ];
  return [
    ...bearers.map(([what, bearer]): Forgery => [`a key ${what}`, `Bearer ${bearer}`]),
    ['a key without a scheme', key],
    ['a key as Basic', `Basic ${Buffer.from(`:${key}`).toString('base64')}`],
    ['a key as Token', `Token ${key}`],
    ['a key as ApiKey', `ApiKey ${key}`],
    ['a key in quotes', `Bearer "${key}"`],
    ['a key with a space within', `Bearer ${key.slice(0, 20)} ${key.slice(20)}`],
    ['two keys with a comma', `Bearer ${key}, Bearer ${key}`],
    ['two keys with a space', `Bearer ${key} ${key}`],
    ['a key after Bearer twice', `Bearer Bearer ${key}`],
    ['a key after a colon', `Bearer: ${key}`],
    ['Bearer alone', 'Bearer'],
    ['Bearer and a space', 'Bearer '],
    ['a key in latin-1 letters', `Bearer ${key.replace('a', 'á')}`],
  ];
}

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** Forgeries of the access token `token`, signed by HS512; `other` is another session's, `passport` a passport. */
export function forgedTokens(token: string, other: string, passport: string): Forgery[] {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const [otherHeader, otherPayload, otherSignature] = other.split('.') as [string, string, string];
  const claims = decode(payload);
  const signedWith = (key: string, head: object, body: object, hash = 'sha512') => {
    const signed = `${encode(head)}.${encode(body)}`;
    return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
  };
  const algorithms = [
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'HS384',
    'RS256',
    'ES256',
    'EdDSA',
    'PS512',
  ];
  const altered: [string, object][] = [
    ['another user', { sub: '0190b2c4-0000-7000-8000-000000000001' }],
    ['another session', { sid: '0190b2c4-0000-7000-8000-000000000002' }],
    ['another tenant', { tid: '0190b2c4-0000-7000-8000-000000000003' }],
    ['no tenant', { tid: null }],
    ['a later expiry', { exp: (claims['exp'] as number) + 1 }],
    ['no expiry', { exp: undefined }],
    ['another audience', { aud: 'subgraph' }],
    ['another issuer', { iss: 'evil' }],
    ['an administrator', { userType: 'ADMIN', permissions: { canManageUsers: true } }],
  ];
  const guessed = ['', 'secret', 'vaga', 'vaga-development-secret-key-not-for-production', payload];
  const rsaHead = { alg: 'RS256' };
  const rsaSigned = `${encode(rsaHead)}.${payload}`;
  const tokens: [string, string][] = [
    ...algorithms.flatMap((alg): [string, string][] => [
      [`with alg ${alg || '(empty)'} and its signature`, `${encode({ alg })}.${payload}.${signature}`],
      [`with alg ${alg || '(empty)'} and no signature`, `${encode({ alg })}.${payload}.`],
    ]),
    ...altered.map(([what, more]): [string, string] => [
      `for ${what}`,
      `${header}.${encode({ ...claims, ...more })}.${signature}`,
    ]),
    ...guessed.map((key): [string, string] => [
      `signed with the guess '${key.slice(0, 12)}'`,
      signedWith(key, { alg: 'HS512' }, claims),
    ]),
    [
      'signed with its own key in the header',
      signedWith('k', { alg: 'HS512', jwk: { kty: 'oct', k: 'aw' } }, claims),
    ],
    ['with a key id of a file', signedWith('', { alg: 'HS512', kid: '/dev/null' }, claims)],
    ['with a key address', signedWith('k', { alg: 'HS512', jku: 'https://evil.example/jwks.json' }, claims)],
    ['with a critical extension', signedWith('k', { alg: 'HS512', crit: ['exp'] }, claims)],
    ['signed with RSA', `${rsaSigned}.${createSign('sha256').update(rsaSigned).sign(RSA, 'base64url')}`],
    ["with another's signature", `${header}.${payload}.${otherSignature}`],
    ["with another's payload", `${header}.${otherPayload}.${signature}`],
    ["with another's header and payload", `${otherHeader}.${otherPayload}.${signature}`],
    ['without its signature', `${header}.${payload}`],
    ['with an empty signature', `${header}.${payload}.`],
    ['without its header', `.${payload}.${signature}`],
    ['without its payload', `${header}..${signature}`],
    ['with a fourth part', `${token}.${signature}`],
    ['with five parts', `${header}.${payload}.${payload}.${payload}.${signature}`],
    ['with a truncated signature', token.slice(0, -10)],
    ['with a longer signature', `${token}AAAA`],
    ['with a payload of null', `${header}.${encode(null)}.${signature}`],
    ['with a payload of a list', `${header}.${encode([])}.${signature}`],
    ['with a payload that is no JSON', `${header}.${Buffer.from('{').toString('base64url')}.${signature}`],
    ['of 7,000 characters', `${header}.${'a'.repeat(7_000)}.${signature}`],
    ['of dots', '.'.repeat(20)],
    ['in its JSON form', encode({ protected: header, payload, signature })],
    ['that is a passport', passport],
    ['in upper case', token.toUpperCase()],
  ];
  return tokens.map(([what, one]) => [`a token ${what}`, `Bearer ${one}`]);
}
