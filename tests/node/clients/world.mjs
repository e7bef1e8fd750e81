// What the tests in Python have prepared, the documents all clients send, and a word with the tests on stdin and stdout.
import { createInterface } from "node:readline";

export const world = JSON.parse(process.env.MASTERYGRAPH_WORLD);
export const url = `${world.address}/graphql`;
export const socketUrl = url.replace("http", "ws");
export const bearer = `Bearer ${world.token}`;

export const VIEWER = "query Viewer { viewer { user { displayName } learner { id } } }";
export const LEARNER = "query Learner($id: ID!) { learner(id: $id) { __typename id displayName } }";
export const RECORD = `mutation Record($input: RecordAttemptInput!) {
  recordAttempt(input: $input) { attempt { id correct } userErrors { code reason path message } }
}`;
export const FOLLOW = `subscription Follow($id: ID!, $after: Cursor) {
  masteryChanged(learnerId: $id, after: $after) {
    __typename
    ... on StreamEvent { cursor }
    ... on MasterySnapshot { mastery { id evidenceCount } }
    ... on MasteryUpdated { attempt { id } mastery { id evidenceCount } }
  }
}`;

/** The input of one answer; the number 5 is right. */
export function answer(number = 5) {
  return { sessionId: world.sessionId, itemId: world.itemId, response: { number } };
}

/** Send a document as a plain POST; the answer as it came. */
export async function post(query, variables, headers = { authorization: bearer }) {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  return response.json();
}

/** Record an answer by a plain POST; the attempt's id. */
export async function record() {
  const { data } = await post(RECORD, { input: answer() });
  return data.recordAttempt.attempt.id;
}

/** Events of a stream as a client hands them over, waited for one by one; heartbeats and notices are passed over. */
export class Events {
  #told = [];
  #wake = () => {};

  push(event) {
    if (event.__typename === "StreamHeartbeat" || event.__typename === "StreamNotice") return;
    this.#told.push(event);
    this.#wake();
  }

  async next() {
    while (this.#told.length === 0) {
      await within(15_000, new Promise((resolve) => (this.#wake = resolve)), "no event came");
    }
    return this.#told.shift();
  }
}

/** What a promise gives, or an error when it takes longer. */
export function within(milliseconds, promise, complaint = "it took too long") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Ask the test in Python to do something (`restart` the server, `signOut` the learner); resolves when it is done. */
export async function please(deed) {
  const lines = createInterface({ input: process.stdin });
  process.stdout.write(`please ${deed}\n`);
  const [said] = await within(15_000, new Promise((resolve) => lines.once("line", (line) => resolve([line]))));
  lines.close();
  return JSON.parse(said);
}
