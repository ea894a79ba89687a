/**
 * A subgraph's subscriptions, served to the gateway on the path of its queries, /graphql.
 *
 * ## Wire protocol
 *
 * WebSocket with the subprotocol `graphql-transport-ws` (github.com/enisdenjos/graphql-ws/blob/master/PROTOCOL.md). A gateway
 * multiplexes all its operations over one connection. `connection_init` needs no payload and names nobody: who asks is told with
 * each operation.
 *
 *     → {"type":"connection_init"}                     ← {"type":"connection_ack"}
 *     → {"type":"subscribe","id":"1","payload":{
 *          "query":"subscription …","operationName":"…","variables":{…},
 *          "extensions":{
 *            "passport":"…",            as in the header x-vaga-passport; anonymous without one or with a bad one
 *            "traceparent":"00-…",      W3C Trace Context; a new trace without it
 *            "acceptLanguage":"pt-BR",  the client's Accept-Language
 *            "resumable":true,          asks for resume tokens
 *            "resume":"…"               takes the operation up after the event that this token came with
 *          }}}
 *     ← {"type":"next","id":"1","payload":{"extensions":{"resume":"…"}}}                    once, before any event
 *     ← {"type":"next","id":"1","payload":{"data":{…},"extensions":{"resume":"…"}}}         an event
 *     ← {"type":"error","id":"1","payload":[{"message":"…","extensions":{"code":"…","traceId":"…"}}]}
 *     ← {"type":"complete","id":"1"}
 *
 * - **Passport.** It is verified when the operation begins, and may expire afterwards: what the caller may see is decided by the
 *   permissions in it for as long as the operation lasts. The gateway completes the operation when they change.
 * - **Errors** have the contract's codes, sentences and trace id. What is refused (document, variables, arguments, caller) comes as
 *   `error`, and so does what ends a running operation; both are final. Errors of fields come in an event's `payload.errors`.
 * - **Resume tokens** (opaque text, good in any process of the subgraph) come where `resumable` is true and the field knows its
 *   place in what it tells. The first `next` has nothing but the token: the operation has begun, and from there on nothing is
 *   missed by whoever sends the token as `resume` with the same document and variables. `resume` outweighs the field's arguments.
 *   An event may come twice where the token of the one before is sent. A field without tokens sends `data` only.
 * - **Liveness.** We ping (WebSocket ping) every PING_EVERY_MS; a peer that has not answered one when the next is due is cut, and
 *   so is one that leaves more than MOST_UNREAD_BYTES unread.
 * - **Close codes.** 1001: we shut down, connect again at once and resume. 4400-4429: the protocol was broken. 1009: a message has
 *   more than MOST_MESSAGE_BYTES. Queries and mutations are not served here.
 */

/** A message to us at most, in bytes. */
export const MOST_MESSAGE_BYTES = 256 * 1024;
/** How often a peer is asked whether it is still there, in milliseconds. */
export const PING_EVERY_MS = 15_000;
/** What a peer may leave unread before it is cut, in bytes; it has one message for each operation at most. */
export const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
