/** Altair, with a bar of our own. Files are listed at start, so that no request path reaches the disk. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  getDistDirectory,
  isSandboxFrame,
  renderAltair,
  renderInitialOptions,
  SANDBOX_FRAME_CSP,
} from 'altair-static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { page, send, sendAsset, TYPES } from './files.ts';

const FILE_MAX_AGE_SECONDS = 3_600;

/** Its tenant comes from `npm run demo`. */
const FIRST_QUERY = page('explorer/greeting.graphql');
const OWN_FILES = ['explorer.css', 'manifest.json', 'panel.js', 'steps.js'];

/** Altair injects styles, uses blob workers and runs the user's scripts in a sandboxed frame. */
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

/** Relative to `folder`. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && path.extname(entry.name) in TYPES)
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

const subscriptionEndpointOf = ({ protocol, host }: FastifyRequest): string =>
  `${protocol.replace('http', 'ws')}://${host}/graphql`;

/** The panel runs before Altair starts. */
const withBar = (html: string): string =>
  html
    .replace('<html>', '<html lang="en">')
    .replace('<title>Altair</title>', '<title>Vaga explorer</title>')
    .replace('</head>', '<link href="vaga/explorer.css" rel="stylesheet" />$&')
    .replace('<body>', `$&\n${page('explorer/bar.html')}`)
    .replace(
      /<script[^>]*src="main\.js"[^>]*><\/script>/,
      '$&<script type="module" src="vaga/panel.js"></script>',
    );

export function serveExplorer(app: FastifyInstance): void {
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
    persistedSettings: {
      'plugin.list': ['url:altair-graphql-plugin-vaga@1.0.0::[url]->[/explorer/vaga/]'],
      // It warns that plugins of this kind will not be supported by its next version.
      'alert.disableWarnings': true,
    },
    serveInitialOptionsInSeperateRequest: 'options.js',
  };
  const html = withBar(renderAltair(options));
  app.get('/explorer', (_request, reply) => reply.redirect('/explorer/'));
  app.get('/explorer/', (_request, reply) =>
    send(reply.header('content-security-policy', EXPLORER_CSP), 'index.html', html),
  );
  app.get('/explorer/options.js', (request, reply) => {
    const subscriptionsEndpoint = subscriptionEndpointOf(request);
    return send(reply, 'options.js', renderInitialOptions({ ...options, subscriptionsEndpoint }));
  });
  for (const file of OWN_FILES) {
    const body = page(`explorer/${file}`);
    app.get(`/explorer/vaga/${file}`, (_request, reply) => send(reply, file, body));
  }
  for (const file of filesIn(folder).filter((name) => name !== 'index.html')) {
    const policy = isSandboxFrame(file) ? SANDBOX_FRAME_CSP : EXPLORER_CSP;
    const sendFile = sendAsset(file, path.join(folder, file));
    app.get(`/explorer/${file}`, (request, reply) => {
      void reply
        .header('cache-control', `public, max-age=${FILE_MAX_AGE_SECONDS}`)
        .header('content-security-policy', policy);
      return sendFile(request, reply);
    });
  }
}
