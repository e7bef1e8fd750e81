import test from "node:test";
import assert from "node:assert/strict";
import { createClient, NetworkError } from "graphql-sse";
import { answer, bearer, Events, FOLLOW, LEARNER, record, RECORD, url, VIEWER, within, world } from "./world.mjs";

function client(options) {
  return createClient({ url, singleConnection: false, retryAttempts: 0, headers: { authorization: bearer }, ...options });
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

test("a query and a mutation are answered as one event, then completed", async () => {
  const one = client();
  const { data } = await once(one, { query: VIEWER });
  assert.deepEqual(data, { viewer: { user: { displayName: "Ada" }, learner: { id: world.learnerId } } });
  const recorded = await once(one, { query: RECORD, variables: { input: answer() } });
  assert.equal(recorded.data.recordAttempt.attempt.correct, true);
});

test("a subscription gives a snapshot, then the change, and ends when the client wants no more", async () => {
  const events = new Events();
  let stop;
  const ended = new Promise((resolve) => {
    stop = client().subscribe(
      { query: FOLLOW, variables: { id: world.learnerId } },
      { next: ({ data }) => events.push(data.masteryChanged), error: resolve, complete: () => resolve(null) },
    );
  });
  assert.equal((await events.next()).__typename, "MasterySnapshot");
  const attempt = await record();
  assert.equal((await events.next()).attempt.id, attempt);
  stop();
  assert.equal(await within(5_000, ended), null);
});

test("errors of a field and of a document come as results", async () => {
  const absent = await once(client(), { query: LEARNER, variables: { id: `lrn_${"0".repeat(32)}` } });
  assert.deepEqual(absent.errors.map((error) => [error.path, error.extensions.code]), [[["learner"], "NOT_FOUND"]]);
  // Of a document that cannot run, the errors are told either as an event or as a status with a body.
  const refused = await once(client(), { query: "{ nothing }" }).catch((error) => error);
  if (refused instanceof NetworkError) assert.equal(refused.response.status, 400);
  else assert.deepEqual(refused.errors.map((error) => error.extensions.code), ["BAD_INPUT"]);
});

test("a stream whose subscriber may not see ends with an error, not with silence", async () => {
  const stranger = client({ headers: {} });
  const told = await once(stranger, { query: FOLLOW, variables: { id: world.learnerId } }).catch((error) => error);
  assert.deepEqual(told.errors.map((error) => error.extensions.code), ["UNAUTHENTICATED"]);
});

test("the Authorization header says who asks, and a bad one is refused with 401", async () => {
  assert.deepEqual((await once(client({ headers: {} }), { query: VIEWER })).data, { viewer: null });
  const bad = client({ headers: { authorization: "Bearer of.no.good" } });
  const refused = await once(bad, { query: VIEWER }).catch((error) => error);
  assert.ok(refused instanceof NetworkError);
  assert.equal(refused.response.status, 401);
});
