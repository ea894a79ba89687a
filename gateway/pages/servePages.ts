/** Pages for people. They load nothing external. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { ServiceState } from '../upstream/serviceStates.ts';
import type { SubgraphRoutes } from '../upstream/subgraphRoutes.ts';
import { serveContract } from './contract.ts';
import { serveExplorer } from './explorer.ts';
import { page, send, TYPES } from './files.ts';

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

/** In addition to the policy in the Sandbox page itself. */
const SANDBOX_CSP = "base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'";

export type PageOptions = {
  isProduction: boolean;
  subgraphs: SubgraphRoutes;
  /** The SDL of the API, if it is not that of Vaga alone. */
  contract?: string | undefined;
  administratorEmail?: string | undefined;
  states: () => Promise<ServiceState[]>;
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** In production without addresses and administrator. */
function homePage({ isProduction, subgraphs, administratorEmail = 'admin@vaga.local' }: PageOptions): string {
  const services = ['gateway', ...Object.keys(subgraphs)].map((name) => {
    const sandbox = name === 'gateway' ? '/graphql' : subgraphs[name]!.url;
    const host = name === 'gateway' ? sandbox : new URL(sandbox).host;
    const link = isProduction ? '' : `<a href="${escapeHtml(sandbox)}">${escapeHtml(host)}</a>`;
    return `<li data-service="${name}"><span class="dot"></span><b>${name}</b><span class="state">…</span>${link}</li>`;
  });
  return page('home.html')
    .replace('<!-- services -->', services.join('\n        '))
    .replaceAll('ADMINISTRATOR', escapeHtml(administratorEmail))
    .replace(isProduction ? /<!-- development -->[^]*?<!-- end -->/g : /<!-- (?:development|end) -->/g, '');
}

/** A day of any tenant, over the public API. */
function serveDemo(app: FastifyInstance): void {
  const browserClient = createRequire(import.meta.url)
    .resolve('graphql-ws')
    .replace(/dist.[\w.]+$/, 'umd/graphql-ws.min.js');
  const names = readdirSync(new URL('./demo', import.meta.url)).filter((name) => path.extname(name) in TYPES);
  const files = Object.fromEntries(names.map((name) => [name, page(`demo/${name}`)]));
  files['graphql-ws.js'] = readFileSync(browserClient, 'utf8');
  app.get('/demo', (_request, reply) => send(reply, 'index.html', files['index.html']!));
  for (const [file, body] of Object.entries(files)) {
    app.get(`/demo/${file}`, (_request, reply) => send(reply, file, body));
  }
}

/** Apollo's page sets no address for subscriptions, and stays empty without internet. */
const completeSandbox = (html: string): string =>
  html
    .replace(
      '      initialEndpoint,\n',
      "      initialEndpoint,\n      initialSubscriptionEndpoint: initialEndpoint.replace(/^http/, 'ws'),\n",
    )
    .replace(
      /<body[^>]*>/,
      '$&<p>Apollo Sandbox is loaded from the internet. The <a href="/explorer/">explorer</a> works without.</p>',
    );

/** Explorer and demo are for development only. Their headers are not for the API's answers, which no browser renders. */
export async function servePages(app: FastifyInstance, options: PageOptions): Promise<void> {
  app.addHook('onSend', async (request, reply, payload) => {
    const isSandbox =
      request.url.startsWith('/graphql') && String(reply.getHeader('content-type')).startsWith('text/html');
    if (!isSandbox) return payload;
    void reply.header('content-security-policy', SANDBOX_CSP).header('x-frame-options', 'DENY');
    return typeof payload === 'string' ? completeSandbox(payload) : payload;
  });

  // A context of its own: helmet's hooks are for its routes alone.
  await app.register(async (pages) => {
    await pages.register(helmet, {
      contentSecurityPolicy: OWN_FILES_ONLY,
      // Would force https on http://127.0.0.1.
      strictTransportSecurity: options.isProduction,
      xFrameOptions: { action: 'deny' },
    });
    serveRoutes(pages, options);
  });
}

function serveRoutes(app: FastifyInstance, options: PageOptions): void {
  const home = homePage(options);
  app.get('/', (_request, reply) => send(reply, 'home.html', home));
  for (const file of ['home.css', 'home.js', 'icon.svg']) {
    const body = page(file);
    app.get(`/${file}`, (_request, reply) => send(reply, file, body));
  }
  app.get('/services', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await options.states()),
  );
  serveContract(app, options.contract);
  if (options.isProduction) return;
  serveExplorer(app);
  serveDemo(app);
}
