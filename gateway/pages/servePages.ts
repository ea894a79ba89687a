/**
 * Pages for people: the landing page, the state of each service, and a GraphQL explorer that needs nothing from elsewhere. Every
 * file that can be asked for is listed at start, so no path of a request ever reaches the disk.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import helmet from '@fastify/helmet';
import {
  getDistDirectory,
  isSandboxFrame,
  renderAltair,
  renderInitialOptions,
  SANDBOX_FRAME_CSP,
} from 'altair-static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceState } from '../upstream/serviceStates.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};

/** How long a browser may keep a file of the explorer, in seconds. */
const FILE_MAX_AGE_SECONDS = 3_600;

/** What the explorer opens with; the tenant is the one that `npm run demo` makes. */
const FIRST_QUERY = `{
  tenantByDomain(domain: "academia-fit.com") {
    id
    name
  }
}
`;

/** Nothing from elsewhere, nothing inline. */
const OWN_FILES_ONLY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Altair writes styles at run time, starts workers from blobs and runs the user's own scripts in a sandboxed frame. */
const EXPLORER_CSP = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'self'",
].join('; ');

/** Apollo's Sandbox page names its own sources in its own policy; this one adds what a page cannot say of itself. */
const SANDBOX_CSP = "base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'";

export type PageOptions = {
  isProduction: boolean;
  /** The subgraphs' addresses (their /graphql) by name. */
  subgraphs: Readonly<Record<string, string>>;
  administratorEmail?: string | undefined;
  /** How each subgraph is now. */
  states: () => Promise<ServiceState[]>;
};

const page = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The landing page; in production it names no address and nobody to sign in as. */
function homePage({ isProduction, subgraphs, administratorEmail = 'admin@vaga.local' }: PageOptions): string {
  const services = ['gateway', ...Object.keys(subgraphs)].map((name) => {
    const sandbox = name === 'gateway' ? '/graphql' : subgraphs[name]!;
    const link = isProduction ? '' : `<a href="${escapeHtml(sandbox)}">Sandbox</a>`;
    return `<li data-service="${name}"><span class="dot"></span><b>${name}</b><span class="state">…</span>${link}</li>`;
  });
  return page('home.html')
    .replace('<!-- services -->', services.join('\n        '))
    .replaceAll('ADMINISTRATOR', escapeHtml(administratorEmail))
    .replace(isProduction ? /<!-- development -->[^]*?<!-- end -->/g : /<!-- (?:development|end) -->/g, '');
}

/** Every file below `folder`, by its path within it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && path.extname(entry.name) in TYPES)
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

function send(reply: FastifyReply, file: string, body: string | Buffer): FastifyReply {
  return reply.type(TYPES[path.extname(file)]!).send(body);
}

/** Where a browser that asked for a page finds subscriptions. */
const subscriptionsOf = ({ protocol, host }: FastifyRequest): string =>
  `${protocol.replace('http', 'ws')}://${host}/graphql`;

function serveExplorer(app: FastifyInstance): void {
  const folder = getDistDirectory();
  const options = {
    baseURL: '/explorer/',
    endpointURL: '/graphql',
    initialSubscriptionRequestHandlerId: 'graphql-ws' as const,
    initialQuery: FIRST_QUERY,
    initialSettings: {
      'schema.reloadOnStart': true,
      disablePushNotification: true,
      'alert.disableUpdateNotification': true,
      'banners.disable': true,
    },
    serveInitialOptionsInSeperateRequest: 'options.js',
  };
  const html = renderAltair(options);
  app.get('/explorer', (_request, reply) => reply.redirect('/explorer/'));
  app.get('/explorer/', (_request, reply) =>
    send(reply.header('content-security-policy', EXPLORER_CSP), 'index.html', html),
  );
  app.get('/explorer/options.js', (request, reply) => {
    const subscriptionsEndpoint = subscriptionsOf(request);
    return send(reply, 'options.js', renderInitialOptions({ ...options, subscriptionsEndpoint }));
  });
  for (const file of filesIn(folder).filter((name) => name !== 'index.html')) {
    const policy = isSandboxFrame(file) ? SANDBOX_FRAME_CSP : EXPLORER_CSP;
    app.get(`/explorer/${file}`, (_request, reply) => {
      void reply
        .header('cache-control', `public, max-age=${FILE_MAX_AGE_SECONDS}`)
        .header('content-security-policy', policy);
      return send(reply, file, readFileSync(path.join(folder, file)));
    });
  }
}

/** A page over the public API, for any tenant: a day by resource, booked by a click and followed live. */
function serveDemo(app: FastifyInstance): void {
  const clientOfBrowsers = createRequire(import.meta.url)
    .resolve('graphql-ws')
    .replace(/dist.[\w.]+$/, 'umd/graphql-ws.min.js');
  const files: Record<string, string> = {
    'index.html': page('demo/index.html'),
    'demo.css': page('demo/demo.css'),
    'demo.js': page('demo/demo.js'),
    'api.js': page('demo/api.js'),
    'words.js': page('demo/words.js'),
    'graphql-ws.js': readFileSync(clientOfBrowsers, 'utf8'),
  };
  app.get('/demo', (_request, reply) => send(reply, 'index.html', files['index.html']!));
  for (const [file, body] of Object.entries(files)) {
    app.get(`/demo/${file}`, (_request, reply) => send(reply, file, body));
  }
}

/** Apollo's page does not say where subscriptions are, and leaves it to whoever reads it to find out. */
const nameSubscriptions = (html: string): string =>
  html.replace(
    '      initialEndpoint,\n',
    "      initialEndpoint,\n      initialSubscriptionEndpoint: initialEndpoint.replace(/^http/, 'ws'),\n",
  );

/** Adds the pages and the headers that protect them. */
export async function servePages(app: FastifyInstance, options: PageOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: OWN_FILES_ONLY,
    // Behind a proxy that ends TLS this is the proxy's to say; on http://127.0.0.1 it would lock a developer out.
    strictTransportSecurity: options.isProduction,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const isSandbox =
      request.url.startsWith('/graphql') && String(reply.getHeader('content-type')).startsWith('text/html');
    if (!isSandbox) return payload;
    void reply.header('content-security-policy', SANDBOX_CSP);
    return typeof payload === 'string' ? nameSubscriptions(payload) : payload;
  });

  const home = homePage(options);
  app.get('/', (_request, reply) => send(reply, 'home.html', home));
  for (const file of ['home.css', 'home.js', 'icon.svg']) {
    const body = page(file);
    app.get(`/${file}`, (_request, reply) => send(reply, file, body));
  }
  app.get('/services', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await options.states()),
  );
  if (options.isProduction) return;
  serveExplorer(app);
  serveDemo(app);
}
