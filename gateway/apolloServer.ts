import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { documentStore } from '@libs/graphql/documentCache';
import { readsStatus } from '@libs/graphql/httpStatus';
import { leaveResult } from '@libs/graphql/operationHandler';
import type { Log } from '@libs/telemetry/log';
import { GraphQLError, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './context.ts';
import { documentsPlugin, type TrustedDocuments } from './documents/trustedDocuments.ts';
import { formatGatewayError } from './errors.ts';
import { CLIENT_PARSE_OPTIONS, limitsPlugin } from './limits/limits.ts';
import type { RateLimiter } from './limits/rateLimits.ts';
import type { SignInLimiter } from './limits/signInLimiter.ts';
import type { OperationNames } from './operationNames.ts';
import { cachePublicAnswers } from './publicAnswers.ts';
import { recordOperations } from './recordOperations.ts';
import type { FederatedGateway } from './upstream/supergraph.ts';

/** With the request's context, which Apollo's own `formatError` option does not get. Before plugins that read formatted errors. */
const formatErrors: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ errors, response, contextValue }) {
        if (!errors || response.body.kind !== 'single') return;
        response.body.singleResult.errors = errors.map((error) => formatGatewayError(error, contextValue));
      },
    };
  },
};

/** Formats the errors of a request that Apollo refuses before its plugins see it. */
export const formatRefusal = (
  { errors, ...result }: FormattedExecutionResult,
  context: GatewayContext,
): FormattedExecutionResult => ({
  ...(errors && {
    errors: errors.map((error) => (error instanceof Error ? formatGatewayError(error, context) : error)),
  }),
  ...result,
});

/** Reports nulls in non-null fields that no subgraph explained; the executor hides them in an extension. */
const explainNulls: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        const nulls = singleResult.extensions?.['valueCompletion'] as GraphQLError[] | undefined;
        if (!nulls) return;
        delete singleResult.extensions;
        singleResult.errors = nulls.map(({ message, path }) =>
          formatGatewayError(
            new GraphQLError(message, { path, originalError: new Error(message) }),
            contextValue,
          ),
        );
      },
    };
  },
};

/** Apollo's codes for invalid GraphQL in valid HTTP. */
const INVALID_GRAPHQL: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
]);

/**
 * Status 200 for invalid GraphQL if the client reads application/json: such a client takes any other status for a proxy's (GraphQL
 * over HTTP §6.4.1).
 */
const answerJsonWith200: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        const isWellFormed = errors?.every((error) => INVALID_GRAPHQL.has(error.extensions['code']));
        if (isWellFormed && !readsStatus(request.http?.headers.get('accept'))) response.http.status = 200;
      },
    };
  },
};

export type ApolloOptions = {
  isProduction: boolean;
  federated: FederatedGateway;
  rates: RateLimiter;
  signIns: SignInLimiter;
  documents: TrustedDocuments;
  /** For logs and metrics. */
  nameOf: OperationNames;
  log: Log;
};

/** A started server, for `operationHandler` with `formatRefusal`. */
export async function apolloServer({
  isProduction,
  federated,
  rates,
  signIns,
  documents,
  nameOf,
  usesCookies,
  log,
}: ApolloOptions & { usesCookies: boolean }): Promise<ApolloServer<GatewayContext>> {
  const apollo = new ApolloServer<GatewayContext>({
    gateway: federated.gateway,
    stringifyResult: leaveResult,
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    // The API reads no cookies: without credentials, another site's page can do no more than any client.
    csrfPrevention: usesCookies,
    parseOptions: CLIENT_PARSE_OPTIONS,
    documentStore: documentStore(),
    logger: log,
    formatError: (_formatted, error) => error as GraphQLFormattedError,
    plugins: [
      documentsPlugin(documents),
      limitsPlugin(rates, signIns, federated.planner.foreignFields),
      formatErrors,
      explainNulls,
      answerJsonWith200,
      recordOperations(nameOf),
      cachePublicAnswers,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      isProduction
        ? ApolloServerPluginLandingPageDisabled()
        : ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false } }),
    ],
  });
  await apollo.start();
  return apollo;
}
