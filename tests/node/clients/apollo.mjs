import test from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import WebSocket from "ws";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { print } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { answer, bearer, Events, FOLLOW, LEARNER, record, RECORD, socketUrl, url, VIEWER, within, world } from "./world.mjs";

// What browsers and Node 22 have; Apollo's link asks it for a constant.
globalThis.WebSocket ??= WebSocket;

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const headers = { authorization: bearer };
let drawn = 0;

/** A document that the server has not seen: APQ begins with a miss. */
function newDocument() {
  drawn += 1;
  return gql(`query Drawn${process.pid}x${drawn}x${Date.now()}($id: ID!) { learner(id: $id) { id displayName } }`);
}

/** A fetch that notes what was sent, and like a browser asks with the ETag of what it holds. */
function noting(store = new Map()) {
  const sent = [];
  async function noted(address, options) {
    const held = options.method === "GET" ? store.get(address) : undefined;
    const conditional = held ? { ...options.headers, "if-none-match": held.etag } : options.headers;
    const response = await fetch(address, { ...options, headers: conditional });
    const body = options.body === undefined ? {} : JSON.parse(options.body);
    sent.push({ method: options.method, hasQuery: "query" in body, status: response.status, headers: response.headers });
    if (response.status === 304) return new Response(held.body, { status: 200, headers: held.headers });
    const etag = response.headers.get("etag");
    if (etag && response.ok) store.set(address, { etag, body: await response.clone().text(), headers: response.headers });
    return response;
  }
  return { sent, fetch: noted };
}

function client(link) {
  return new ApolloClient({ cache: new InMemoryCache(), link, defaultOptions: { query: { fetchPolicy: "network-only" } } });
}

function overSocket(options) {
  return createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization: bearer }, ...options });
}

test("a query and a mutation over HttpLink are answered, and the cache keeps the learner by its id", async () => {
  const asked = client(new HttpLink({ uri: url, headers }));
  const { data } = await asked.query({ query: gql(VIEWER) });
  assert.equal(data.viewer.learner.id, world.learnerId);
  await asked.query({ query: gql(LEARNER), variables: { id: world.learnerId } });
  assert.equal(asked.cache.extract()[`Learner:${world.learnerId}`].displayName, "Ada");
  const recorded = await asked.mutate({ mutation: gql(RECORD), variables: { input: answer() } });
  assert.equal(recorded.data.recordAttempt.attempt.correct, true);
});

test("coded errors of fields and of documents reach the caller as GraphQL errors", async () => {
  const asked = client(new HttpLink({ uri: url, headers }));
  const absent = await asked.query({ query: gql(LEARNER), variables: { id: `lrn_${"0".repeat(32)}` } }).catch((e) => e);
  assert.ok(CombinedGraphQLErrors.is(absent));
  assert.deepEqual(absent.errors.map((error) => error.extensions.code), ["NOT_FOUND"]);
  const kept = await asked.query({
    query: gql(LEARNER),
    variables: { id: `lrn_${"0".repeat(32)}` },
    errorPolicy: "all",
  });
  assert.deepEqual(kept.data, { learner: null });
  const invalid = await asked.query({ query: gql("{ nothing }") }).catch((error) => error);
  assert.ok(CombinedGraphQLErrors.is(invalid), String(invalid));
  assert.equal(invalid.errors[0].extensions.code, "BAD_INPUT");
});

test("a token that is not ours is refused with 401 and a coded error in the body", async () => {
  const asked = client(new HttpLink({ uri: url, headers: { authorization: "Bearer of.no.good" } }));
  const refused = await asked.query({ query: gql(VIEWER) }).catch((error) => error);
  const errors = ServerError.is(refused) ? JSON.parse(refused.bodyText).errors : refused.errors;
  assert.deepEqual(errors.map((error) => error.extensions.code), ["UNAUTHENTICATED"]);
});

test("a persisted query misses, is sent again with its text, and hits from then on", async () => {
  const { sent, fetch } = noting();
  const asked = client(ApolloLink.from([new PersistedQueryLink({ sha256 }), new HttpLink({ uri: url, headers, fetch })]));
  const query = newDocument();
  for (let count = 0; count < 2; count += 1) {
    const { data } = await asked.query({ query, variables: { id: world.learnerId } });
    assert.equal(data.learner.displayName, "Ada");
  }
  assert.deepEqual(sent.map((each) => each.hasQuery), [false, true, false]);
});

test("the miss is told in the words that Apollo's servers use", async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(print(newDocument())) } };
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ extensions }),
  });
  const { errors } = await response.json();
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(errors[0].message, "PersistedQueryNotFound");
  assert.equal(errors[0].extensions.code, "PERSISTED_QUERY_NOT_FOUND");
});

test("a text that is not what its hash says is refused and not kept", async () => {
  const [claimed, other] = [print(newDocument()), print(newDocument())];
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(claimed) } };
  const send = async (body) => {
    const options = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
    return (await (await fetch(url, options)).json()).errors[0].extensions.code;
  };
  assert.equal(await send({ query: other, variables: { id: world.learnerId }, extensions }), "BAD_INPUT");
  assert.equal(await send({ extensions }), "PERSISTED_QUERY_NOT_FOUND");
});

test("hashed queries go by GET, and what has not changed is answered with 304", async () => {
  const { sent, fetch } = noting();
  const links = [new PersistedQueryLink({ sha256, useGETForHashedQueries: true }), new HttpLink({ uri: url, headers, fetch })];
  const asked = client(ApolloLink.from(links));
  const query = newDocument();
  for (let count = 0; count < 3; count += 1) {
    const { data } = await asked.query({ query, variables: { id: world.learnerId } });
    assert.equal(data.learner.displayName, "Ada");
  }
  const seen = sent.map((each) => `${each.method} ${each.status}`);
  assert.equal(seen[0].split(" ")[0], "GET");
  assert.equal(seen[1], "POST 200");
  assert.deepEqual(seen.slice(2), ["GET 200", "GET 304"]);
  assert.match(sent[2].headers.get("cache-control"), /private/);
  await asked.mutate({ mutation: gql(RECORD), variables: { input: answer() } });
  assert.equal(sent.slice(4).every((each) => each.method === "POST"), true);
});

test("a subscription over GraphQLWsLink gives a snapshot, then the change, and stops", async () => {
  const sockets = overSocket();
  const events = new Events();
  const subscription = client(new GraphQLWsLink(sockets))
    .subscribe({ query: gql(FOLLOW), variables: { id: world.learnerId } })
    .subscribe({ next: ({ data, error }) => events.push(error ? { __typename: String(error) } : data.masteryChanged) });
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  const attempt = await record();
  assert.equal((await events.next()).attempt.id, attempt);
  subscription.unsubscribe();
  await sockets.dispose();
});

test("a refused subscription reaches the caller as a coded error", async () => {
  const sockets = overSocket();
  const told = await within(
    10_000,
    new Promise((resolve, reject) => {
      client(new GraphQLWsLink(sockets))
        .subscribe({ query: gql(FOLLOW), variables: { id: `lrn_${"0".repeat(32)}` } })
        .subscribe({ next: resolve, error: reject });
    }),
  );
  assert.ok(CombinedGraphQLErrors.is(told.error), String(told.error));
  assert.equal(told.error.errors[0].extensions.code, "NOT_FOUND");
  await sockets.dispose();
});

test("persisted queries go over a socket too: kept with their text, then found by the hash alone", async () => {
  const sockets = overSocket({ lazy: false });
  const query = newDocument();
  const linked = client(ApolloLink.from([new PersistedQueryLink({ sha256 }), new GraphQLWsLink(sockets)]));
  const { data } = await linked.query({ query, variables: { id: world.learnerId } });
  assert.equal(data.learner.displayName, "Ada");

  const byHash = (document) =>
    within(
      10_000,
      new Promise((resolve) => {
        // An empty text is what a client sends that must send one.
        const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(print(document)) } };
        const payload = { query: "", extensions, variables: { id: world.learnerId } };
        sockets.subscribe(payload, { next: resolve, error: (errors) => resolve({ errors }), complete: () => {} });
      }),
    );
  // Apollo hashes the document after it has added __typename to each selection.
  const hashed = linked.cache.transformDocument(query);
  assert.deepEqual((await byHash(hashed)).data.learner.displayName, "Ada");
  const missed = await byHash(newDocument());
  assert.equal(missed.errors[0].message, "PersistedQueryNotFound");
  assert.equal(missed.errors[0].extensions.code, "PERSISTED_QUERY_NOT_FOUND");
  await sockets.dispose();
});
