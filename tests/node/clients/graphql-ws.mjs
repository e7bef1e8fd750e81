import test from "node:test";
import assert from "node:assert/strict";
import WebSocket from "ws";
import { CloseCode, createClient } from "graphql-ws";
import { answer, bearer, Events, FOLLOW, LEARNER, please, record, RECORD, socketUrl, VIEWER, within, world } from "./world.mjs";

const connectionParams = { authorization: bearer };

function client(options) {
  return createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams, ...options });
}

function once(asked, payload) {
  return within(
    15_000,
    new Promise((resolve, reject) => {
      let answered;
      asked.subscribe(payload, { next: (value) => (answered = value), error: reject, complete: () => resolve(answered) });
    }),
    "the operation did not end",
  );
}

/** A subscription whose events are waited for; `ended` resolves to its error, or to null. */
function follow(asked, variables) {
  const events = new Events();
  let stop;
  const ended = new Promise((resolve) => {
    stop = asked.subscribe(
      { query: FOLLOW, variables: { id: world.learnerId, ...variables } },
      { next: ({ data }) => events.push(data.masteryChanged), error: resolve, complete: () => resolve(null) },
    );
  });
  return { events, ended, stop };
}

test("a query and a mutation are answered over a lazy socket, which closes when it is idle", async () => {
  const closed = [];
  const lazy = client({ on: { closed: (event) => closed.push(event.code) } });
  const { data } = await once(lazy, { query: VIEWER, operationName: "Viewer" });
  assert.deepEqual(data, { viewer: { user: { displayName: "Ada" }, learner: { id: world.learnerId } } });
  const recorded = await once(lazy, { query: RECORD, variables: { input: answer() } });
  assert.equal(recorded.data.recordAttempt.attempt.correct, true);
  while (closed.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(closed, [1000, 1000]);
});

test("a socket that is not lazy connects at once and takes any number of operations", async () => {
  let connected = 0;
  const eager = client({ lazy: false, on: { connected: () => (connected += 1) } });
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await once(eager, { query: VIEWER })).errors, undefined);
  }
  assert.equal(connected, 1);
  await eager.dispose();
});

test("a subscription gives a snapshot, then the change, and ends when the client wants no more", async () => {
  const one = client();
  const { events, ended, stop } = follow(one);
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  const attempt = await record();
  assert.equal((await events.next()).attempt.id, attempt);
  stop();
  assert.equal(await within(5_000, ended), null);
});

test("the parameters of connection_init say who is on the socket, and are asked for at each connection", async () => {
  const anonymous = client({ connectionParams: undefined });
  assert.deepEqual((await once(anonymous, { query: VIEWER })).data, { viewer: null });
  let asked = 0;
  const renewing = client({ connectionParams: async () => ((asked += 1), connectionParams) });
  await once(renewing, { query: VIEWER });
  await once(renewing, { query: VIEWER });
  assert.equal(asked, 2);
});

test("the client's pings are answered, with what they hold", async () => {
  const pongs = [];
  const kept = client({
    lazy: false,
    keepAlive: 50,
    on: { pong: (received, payload) => received && pongs.push(payload) },
  });
  while (pongs.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await kept.dispose();
});

test("a token is renewed over the socket by a ping that holds the new one", async () => {
  let socket;
  const pongs = [];
  const renewed = client({
    lazy: false,
    on: {
      connected: (opened) => (socket = opened),
      pong: (received, payload) => received && pongs.push(payload),
    },
  });
  await once(renewed, { query: VIEWER });
  socket.send(JSON.stringify({ type: "ping", payload: { authorization: bearer } }));
  while (pongs.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(Date.parse(pongs[0].expiresAt) > Date.now());
  assert.equal((await once(renewed, { query: VIEWER })).data.viewer.learner.id, world.learnerId);
  await renewed.dispose();
});

test("an error of one operation leaves the others on the socket alone", async () => {
  const shared = client({ lazy: false });
  const { events, stop } = follow(shared);
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  const refused = await once(shared, { query: "{ nothing }" }).catch((errors) => errors);
  assert.deepEqual(refused.map((error) => error.extensions.code), ["BAD_INPUT"]);
  const unread = await once(shared, { query: "{" }).catch((errors) => errors);
  assert.deepEqual(unread.map((error) => error.extensions.code), ["BAD_INPUT"]);
  const absent = await once(shared, { query: LEARNER, variables: { id: `lrn_${"0".repeat(32)}` } });
  assert.deepEqual(absent.errors.map((error) => [error.path, error.extensions.code]), [[["learner"], "NOT_FOUND"]]);
  const attempt = await record();
  assert.equal((await events.next()).attempt.id, attempt);
  stop();
  await shared.dispose();
});

test("the client connects again after the server went, and resumes after its cursor", async () => {
  const closed = [];
  let after;
  const patient = client({
    url: world.restarting.replace("http", "ws") + "/graphql",
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    retryAttempts: 100,
    // By default only closed sockets are tried again, not addresses where nobody listens for a moment.
    shouldRetry: () => true,
    on: { closed: (event) => closed.push(event.code) },
  });
  const events = new Events();
  const payload = {
    query: FOLLOW,
    // Read anew at each subscribe frame: the stream goes on where the last one ended.
    get variables() {
      return { id: world.learnerId, after };
    },
  };
  const stop = patient.subscribe(payload, {
    next: ({ data: { masteryChanged: event } }) => {
      after = event.cursor;
      events.push(event);
    },
    error: (error) => events.push({ __typename: `Failed: ${error.code ?? JSON.stringify(error)}` }),
    complete: () => {},
  });
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  await please("stop");
  const missed = await record();
  await please("start");
  const event = await events.next();
  assert.equal(event.__typename, "MasteryUpdated");
  assert.equal(event.attempt.id, missed);
  assert.equal(closed[0], 1012);
  stop();
  await patient.dispose();
});

test("4403 is left to the application: by default the client asks for its parameters again", async () => {
  // The client's own words: CloseCode.Forbidden might grant access out after retry.
  const given = ["Bearer of.no.good", bearer];
  const closed = [];
  const renewing = client({
    connectionParams: () => ({ authorization: given.shift() }),
    retryWait: async () => {},
    on: { closed: (event) => closed.push(event.code) },
  });
  assert.equal((await once(renewing, { query: VIEWER })).data.viewer.learner.id, world.learnerId);
  assert.equal(closed[0], CloseCode.Forbidden);
});

test("4403 ends the client where it says so, and 4401 always does", async () => {
  const strict = client({
    connectionParams: { authorization: "Bearer of.no.good" },
    shouldRetry: (event) => event.code !== CloseCode.Forbidden,
  });
  const refused = await once(strict, { query: VIEWER }).catch((event) => event);
  assert.equal(refused.code, CloseCode.Forbidden);
  assert.notEqual(refused.reason, "");

  let connections = 0;
  class Hasty extends WebSocket {
    constructor(...given) {
      super(...given);
      connections += 1;
      this.once("open", () => this.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: VIEWER } })));
    }
  }
  const hasty = client({ webSocketImpl: Hasty, connectionParams: () => new Promise((r) => setTimeout(r, 200)) });
  const fatal = await once(hasty, { query: VIEWER }).catch((event) => event);
  assert.equal(fatal.code, CloseCode.Unauthorized);
  assert.equal(connections, 1);
});

test("who signs out gets an error for each stream, then the socket closes with 4403", async () => {
  const closed = [];
  // Not lazy: a lazy client closes the socket itself as soon as its last stream has ended.
  const leaving = client({
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
    connectionParams: { authorization: `Bearer ${world.leaver.token}` },
    on: { closed: (event) => closed.push(event.code) },
  });
  const { events, ended } = follow(leaving, { id: world.leaver.learnerId });
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  await please("signOut");
  const errors = await within(10_000, ended);
  assert.deepEqual(errors.map((error) => error.extensions.code), ["UNAUTHENTICATED"]);
  while (closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(closed[0], CloseCode.Forbidden);
});
