// Subscribers of one topic on graphql-ws: each event is executed by graphql-js for each of them, as usual.
//
//   node fanout.mjs <folder whose node_modules has graphql, graphql-ws and ws>
//
// Prints its port. POST /publish {"count": n} tells n events to all at once. Ends with its standard input.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.argv[2]), "modules.js"));
const { buildSchema } = require("graphql");
const { useServer } = require("graphql-ws/use/ws");
const { WebSocketServer } = require("ws");

const schema = buildSchema(`
  scalar Cursor
  scalar DateTime
  type Query { exam(id: ID!): Exam }
  type Exam { id: ID! }
  type Learner { id: ID! displayName: String! }
  enum SittingState { ACTIVE }
  enum Presence { ONLINE }
  type ExamSitting {
    id: ID! state: SittingState! presence: Presence! currentItemNumber: Int answeredCount: Int!
    itemCount: Int! endsAt: DateTime extendedSeconds: Int! openIncidentCount: Int! concern: Int!
    learner: Learner!
  }
  type ExamMonitorSnapshot { cursor: Cursor! serverTime: DateTime! sittings: [ExamSitting!]! }
  type ExamSittingChanged { cursor: Cursor! serverTime: DateTime! sitting: ExamSitting! }
  type ExamActionTaken { cursor: Cursor! }
  union ExamMonitorEvent = ExamMonitorSnapshot | ExamSittingChanged | ExamActionTaken
  type Subscription { examMonitor(examId: ID!, after: Cursor): ExamMonitorEvent! }
`);

let number = 0;
const subscribers = new Set();

function sittingChanged() {
  number += 1;
  return {
    __typename: "ExamSittingChanged",
    cursor: Buffer.from(`epoch:exam:${number}`).toString("base64url"),
    serverTime: new Date().toISOString(),
    sitting: {
      id: `sit_${String(number % 500).padStart(32, "0")}`, state: "ACTIVE", presence: "ONLINE",
      currentItemNumber: 3, answeredCount: number % 40, itemCount: 40,
      endsAt: new Date(Date.now() + 3600e3).toISOString(), extendedSeconds: number,
      openIncidentCount: 0, concern: 0,
      learner: { id: `lrn_${String(number % 500).padStart(32, "0")}`, displayName: `Learner ${number % 500}` },
    },
  };
}

async function* examMonitor() {
  const waiting = [];
  let wake = () => {};
  const subscriber = (event) => {
    waiting.push(event);
    wake();
  };
  subscribers.add(subscriber);
  try {
    yield { examMonitor: {
      __typename: "ExamMonitorSnapshot", cursor: "start", serverTime: new Date().toISOString(), sittings: [],
    } };
    for (;;) {
      while (waiting.length > 0) yield { examMonitor: waiting.shift() };
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    subscribers.delete(subscriber);
  }
}

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    for (let left = JSON.parse(body).count; left > 0; left -= 1) {
      const event = sittingChanged();
      for (const subscriber of subscribers) subscriber(event);
    }
    response.setHeader("content-type", "application/json");
    response.end('{"data":{"published":{}}}');
  });
});
useServer({ schema, roots: { subscription: { examMonitor } } }, new WebSocketServer({ server, path: "/graphql" }));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", 4096, () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit(0));
