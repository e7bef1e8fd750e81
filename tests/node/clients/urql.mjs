import test from "node:test";
import assert from "node:assert/strict";
import WebSocket from "ws";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import { answer, bearer, Events, FOLLOW, LEARNER, record, RECORD, socketUrl, url, VIEWER, world } from "./world.mjs";

const fetchOptions = { headers: { authorization: bearer } };

test("a query and a mutation are answered", async () => {
  const client = new Client({ url, exchanges: [fetchExchange], fetchOptions, preferGetMethod: false });
  const { data } = await client.query(VIEWER, {}).toPromise();
  assert.equal(data.viewer.learner.id, world.learnerId);
  const recorded = await client.mutation(RECORD, { input: answer() }).toPromise();
  assert.equal(recorded.data.recordAttempt.attempt.correct, true);
});

test("queries go by GET where the client prefers it", async () => {
  const methods = [];
  const noted = (address, options) => (methods.push(options.method), fetch(address, options));
  const client = new Client({ url, exchanges: [fetchExchange], fetchOptions, preferGetMethod: true, fetch: noted });
  const { data } = await client.query(LEARNER, { id: world.learnerId }).toPromise();
  assert.equal(data.learner.displayName, "Ada");
  assert.deepEqual(methods, ["GET"]);
});

test("a coded error reaches the caller", async () => {
  const client = new Client({ url, exchanges: [fetchExchange], fetchOptions, preferGetMethod: false });
  const { error } = await client.query(LEARNER, { id: `lrn_${"0".repeat(32)}` }).toPromise();
  assert.deepEqual(error.graphQLErrors.map((each) => each.extensions.code), ["NOT_FOUND"]);
});

test("persisted queries miss once and hit from then on", async () => {
  const sent = [];
  const noted = (address, options) => (sent.push("query" in JSON.parse(options.body)), fetch(address, options));
  const exchanges = [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange];
  const client = new Client({ url, exchanges, fetchOptions, preferGetMethod: false, fetch: noted });
  const query = `query Urql${process.pid}x${Date.now()}($id: ID!) { learner(id: $id) { displayName } }`;
  for (const requestPolicy of ["network-only", "network-only"]) {
    const { data } = await client.query(query, { id: world.learnerId }, { requestPolicy }).toPromise();
    assert.equal(data.learner.displayName, "Ada");
  }
  assert.deepEqual(sent, [false, true, false]);
});

for (const transport of ["graphql-ws", "fetch"]) {
  test(`a subscription over ${transport} gives a snapshot, then the change`, async () => {
    const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization: bearer } });
    const forwardSubscription = (request) => ({
      subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ ...request, query: request.query ?? "" }, sink) }),
    });
    const exchanges = transport === "fetch" ? [fetchExchange] : [fetchExchange, subscriptionExchange({ forwardSubscription })];
    const client = new Client({ url, exchanges, fetchOptions, fetchSubscriptions: transport === "fetch", preferGetMethod: false });
    const events = new Events();
    const { unsubscribe } = client
      .subscription(FOLLOW, { id: world.learnerId })
      .subscribe(({ data, error }) => events.push(data?.masteryChanged ?? { __typename: String(error) }));
    assert.equal((await events.next()).__typename, "MasterySnapshot");
    const attempt = await record();
    assert.equal((await events.next()).attempt.id, attempt);
    unsubscribe();
    await sockets.dispose();
  });
}
