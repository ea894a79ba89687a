/** Requests that are small to send and would be expensive to read, check, plan or run; each is refused with its code. */
export type HostileDocument = { name: string; body: string; code: 'BAD_USER_INPUT' | 'QUERY_TOO_COMPLEX' };

const nested = (levels: number, inner = ''): string => '['.repeat(levels) + inner + ']'.repeat(levels);
const many = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(' ');

const bodyOf = (query: string, variables: object = {}): string => JSON.stringify({ query, variables });
const unreadable = (name: string, query: string, variables?: object): HostileDocument => ({
  ...{ name, body: bodyOf(query, variables), code: 'BAD_USER_INPUT' },
});
const expensive = (name: string, query: string, variables?: object): HostileDocument => ({
  ...{ name, body: bodyOf(query, variables), code: 'QUERY_TOO_COMPLEX' },
});

/** Doubles with each fragment. */
const bomb = `{ tenants { nodes { ...F0 } } } ${many(14, (index) => {
  const next = `{ nodes { tenant { ...F${index + 1} } } }`;
  return `fragment F${index} on Tenant { a: resources ${next} b: resources ${next} }`;
})} fragment F14 on Tenant { id }`;
const walk = (levels: number): string =>
  `{ bookings { nodes { ${'resource { bookings { nodes { '.repeat(levels)} id ${'} } }'.repeat(levels)} } } }`;
const SLOT = 'slots { startTime endTime available unavailableReason }';

export const HOSTILE_DOCUMENTS: readonly HostileDocument[] = [
  {
    name: 'variables of 10,000 levels',
    body: `{"query":"{ me { id } }","variables":{"a":${nested(10_000)}}}`,
    code: 'BAD_USER_INPUT',
  },
  unreadable('a list of 50,000 levels', `{ tenant(id: ${nested(50_000)}) { id } }`),
  unreadable('selections of 5,000 levels', `${'{ me'.repeat(5_000)} { id } ${'}'.repeat(5_000)}`),
  unreadable('a type of 50,000 levels', `query ($a: ${nested(50_000, 'Int')}) { me { id } }`),
  unreadable('brackets that are not closed', '{'.repeat(100_000)),
  unreadable('10,000 tokens', `{ ${many(10_000, () => 'x')} }`),
  unreadable('3,900 equal fields', `{ me { ${many(3_900, () => 'id')} } }`),
  unreadable(
    '1,300 aliases that conflict',
    `{ me { ${many(1_300, (index) => `a: ${index % 2 ? 'id' : 'name'}`)} } }`,
  ),
  unreadable('1,900 unknown fields', `{ ${many(1_900, (index) => `bookins${index}`)} }`),
  unreadable(
    '400 unknown arguments',
    `{ me { id } ${many(400, (index) => `tenant(idd${index}: 1) { id }`)} }`,
  ),
  unreadable('600 unused variables', `query (${many(600, (index) => `$v${index}: Int`)}) { me { id } }`),
  unreadable(
    '400 unused fragments',
    `{ me { id } } ${many(400, (index) => `fragment F${index} on User { id }`)}`,
  ),
  unreadable(
    'fragments in a circle',
    `{ me { ...F0 } } ${many(300, (index) => `fragment F${index} on User { ...F${(index + 1) % 300} }`)}`,
  ),
  unreadable('1,000 unknown directives', `{ me { id ${many(1_000, (index) => `@d${index}`)} } }`),
  unreadable(
    'a string of 200,000 characters that does not end',
    `{ tenant(id: "${'x'.repeat(200_000)}) { id } }`,
  ),
  unreadable('a block string of 50,000 lines', `{ tenant(id: """${'\n  x'.repeat(50_000)}""") { id } }`),
  unreadable(
    '50,000 ids that are none',
    'query ($f: AuditFilter) { auditTrail(filter: $f) { nodes { id } } }',
    {
      f: Array.from({ length: 50_000 }, () => ({})),
    },
  ),
  unreadable(
    '20,000 unknown variables',
    '{ bookings(first: 100000) { nodes { id } } }',
    Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`v${index}`, 1])),
  ),
  unreadable(
    'introspection of itself',
    `{ __schema { types { ${'fields { type { '.repeat(40)} name ${'} }'.repeat(40)} } } }`,
  ),
  expensive('a document that doubles with each of 14 fragments', bomb),
  expensive('a walk that multiplies pages', walk(3)),
  expensive('a walk of 20 levels', walk(6)),
  expensive('31 aliases', `{ ${many(31, (index) => `a${index}: me { id }`)} }`),
  expensive('60 directives', `{ me { id ${many(60, () => 'id @include(if: true)')} } }`),
  expensive(
    '1,200 fields in fragments',
    `{ me { ${many(1_200, () => '...F')} } } fragment F on User { id name }`,
  ),
  expensive(
    'six sign-ins',
    `mutation { ${many(6, (index) => `a${index}: signIn(input: { email: "a@b.example", password: "x" }) { userErrors { code } }`)} }`,
  ),
  expensive(
    'slots of a hundred resources for two months',
    `query ($from: LocalDate!, $to: LocalDate!) { resources(first: 100) { nodes { availability(from: $from, to: $to) { ${SLOT} } } } }`,
    { from: '2027-01-01', to: '2027-03-02' },
  ),
];
